"""Given names that stand for one another: Bob is Robert, Peggy is Margaret.

Only forms that do not start alike are listed; Rob and Robert are found by their spelling.
"""

from __future__ import annotations

_FORMS = """
abigail gail
albert bert
alexander sandy sasha xander lex
alexandra sandra sasha lexi
andrew drew
anthony tony
antonio tony tonio
augustus gus
barbara babs
beatrice trixie bea
catherine katherine kathryn cathy kathy kate katie kitty kay trina
charles chuck chip
charlotte lottie
christine christina tina kristina
christopher kit topher
cornelius neil
cynthia cindy
deborah debby debra
dorothy dolly dot
edward ted teddy ned
eleanor nell nellie nora ellie lenore
elizabeth betty bess beth betsy lisa liz lizzie liza libby
emily millie
ernest ernie
eugene gene
florence flossie
frances fanny
francis frank
francisco paco pancho kiko
frederick fritz
friedrich fritz
gerald jerry
giovanni gianni vanni
giuseppe beppe peppe pino
guadalupe lupe
harold harry hal
helen nell nellie lena
helena lena
henry harry hank hal
herbert bert
ignacio nacho
isabella bella
isabel belle
jacqueline jackie
james jim jimmy jamie
jane jenny
jennifer jenny
jesus chucho
johannes hans
john jack johnny
jonathan jon nathan
jose pepe
josef sepp
joseph joe
kimberly kim
laurence lawrence larry
leonard lenny
louise lulu
luis lucho
margaret maggie meg peggy rita greta daisy madge
maria mia
martha patty
mary molly polly mamie
matilda tilly
maximilian max
michael mike mick mickey
michelle shelly
nicholas nick klaus claus
oliver ollie
patricia pat patty tricia trish
patrick paddy
rebecca becky
richard dick rick ricky
robert bob bobby
roberto beto
ronald ron
rosemary rose
salvatore turi
samantha sam
sarah sally sadie
sebastian bastian
stephen steven steve
susan sue suzy
theodore ted teddy
theresa teresa tess terry
thomas tom tommy
victoria vicky tori
virginia ginny
walter walt wally
wilhelm willi
william bill billy liam will
winifred winnie
"""

_GIVEN_NAMES: dict[str, frozenset[str]] = {}
for _line in _FORMS.split("\n"):
    for _form in _line.split():
        _GIVEN_NAMES[_form] = _GIVEN_NAMES.get(_form, frozenset()) | {_line.split()[0]}


def is_nickname(given: str, other: str) -> bool:
    """Whether both may be called by one given name."""
    names = _GIVEN_NAMES.get(given)
    return names is not None and not names.isdisjoint(_GIVEN_NAMES.get(other, frozenset()))
