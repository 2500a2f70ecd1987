"""The domain, pure: values in, values out."""

from importlib.util import find_spec


def is_compiled() -> bool:
    """Whether what decides here is an extension in C (`make compiled`) and not the source beside it."""
    spec = find_spec("dedupsvc.core.judge")
    return spec is not None and not str(spec.origin).endswith(".py")
