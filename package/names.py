"""Names that follow from where the packages are pushed. Used by `stage` and `check`."""
import re
import string

FUNCTION = "function-agent-executor"
KEPT = string.ascii_lowercase + string.digits


def dns_label(path):
    """The name that Crossplane gives to a package that it installs as a dependency: its repository path as a DNS label.

    Letters and digits stay, one of . / : - becomes a dash, anything else is dropped, what lies past 63 characters is not
    read, and no dash is left at either end. `bizmatters/function-x` is `bizmatters-function-x`.
    """
    return "".join("-" if c in "./:-" else c for c in path[:63] if c in KEPT + "./:-").strip("-")


def installed_name(repository):
    """dns_label of a repository without its host: `ghcr.io/bizmatters/function-x` is `bizmatters-function-x`."""
    host, _, path = repository.partition("/")
    if not re.fullmatch(r"[a-z0-9.-]+(:\d+)?", host) or not re.search(r"[.:]", host):
        raise ValueError(f"{repository}: must start with a registry's host, such as ghcr.io or 127.0.0.1:5000")
    if not re.fullmatch(r"[a-z0-9]+([._/-]+[a-z0-9]+)*", path):
        raise ValueError(f"{repository}: must go on with a path of lower case letters, digits and . _ - /")
    return dns_label(path)
