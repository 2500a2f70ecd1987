"""The report's style sheet: system fonts, and colours that are told apart in light, in dark and by colour-blind eyes."""

from __future__ import annotations

STYLE = """
:root {
  --page: #fcfcfb; --card: #ffffff; --ink: #1d1d1b; --soft: #5f5e5a; --faint: #8a8983; --line: #e4e3df;
  --true: #2a78d6; --false: #d9541e; --precision: #7a4fc9; --recall: #12876f; --f1: #1d1d1b; --for: #2a78d6;
  --against: #b9551f; --plain: #7f8a97; --flag: #c98500;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #171716; --card: #20201f; --ink: #f2f1ed; --soft: #b5b4ad; --faint: #8f8e88; --line: #3a3a37;
    --true: #5a9ff0; --false: #f0834f; --precision: #ab8bf0; --recall: #3fbf9f; --f1: #f2f1ed; --for: #5a9ff0;
    --against: #e08a54; --plain: #8b96a3; --flag: #e0a93a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; margin: 48px 0 8px; padding-top: 16px; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 28px 0 8px; }
p { margin: 6px 0; color: var(--soft); max-width: 75ch; }
.care { border-left: 3px solid var(--flag); padding-left: 12px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px; margin: 12px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; }
.tile dt { color: var(--soft); font-size: .9rem; }
.tile dd { margin: 0; font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tile p { font-size: .82rem; line-height: 1.4; margin: 4px 0 0; }
.chart { width: 100%; height: auto; display: block; margin: 8px 0; overflow: visible; }
.chart text { font-size: 13px; fill: var(--ink); }
.chart .tick { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
.chart .faint { font-size: 10.5px; fill: var(--faint); }
.chart .note { font-size: 12px; fill: var(--soft); }
.chart .label { font-size: 12px; fill: var(--soft); }
.chart .total { font-weight: 600; }
.chart .end { text-anchor: end; }
.chart .middle { text-anchor: middle; }
.grid { stroke: var(--line); }
.axis { stroke: var(--soft); }
.threshold { stroke: var(--soft); stroke-dasharray: 4 3; }
.step { stroke: var(--faint); stroke-dasharray: 2 2; }
.mark { fill: var(--ink); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve.precision { stroke: var(--precision); }
.curve.recall { stroke: var(--recall); }
.curve.f1 { stroke: var(--f1); stroke-dasharray: 5 3; }
rect.true { fill: var(--true); } rect.false { fill: var(--false); } rect.for { fill: var(--for); }
rect.against { fill: var(--against); } rect.plain { fill: var(--plain); } rect.flag { fill: var(--flag); }
.legend span { margin-right: 20px; white-space: nowrap; }
.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-right: 7px; }
i.true { background: var(--true); } i.false { background: var(--false); } i.precision { background: var(--precision); }
i.recall { background: var(--recall); } i.f1 { background: var(--f1); }
table { border-collapse: collapse; margin: 10px 0; font-size: .92rem; }
th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { font-weight: 500; color: var(--soft); }
.numbers td, .numbers th { text-align: right; font-variant-numeric: tabular-nums; padding: 4px 24px 4px 0; }
.numbers .chosen td { font-weight: 700; }
.records { width: 100%; table-layout: fixed; }
.records td { overflow-wrap: anywhere; }
.records th:first-child { width: 130px; }
blockquote { margin: 10px 0; padding: 8px 14px; background: var(--card); border-left: 3px solid var(--for); }
article { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 4px 18px 12px; margin: 14px 0; }
article blockquote { background: var(--page); }
details { margin: 6px 0; }
details details { margin-left: 18px; }
summary { cursor: pointer; padding: 3px 0; }
summary b { display: inline-block; min-width: 3.2em; text-align: right; padding-right: .4em; }
@media print { details { break-inside: avoid; } }
"""
