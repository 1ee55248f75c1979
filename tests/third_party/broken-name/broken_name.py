from adfw import Component, Scorer, hookimpl


class NamelessConfig(Component[Scorer]):
    """Has no name."""

    def build(self):
        return None


@hookimpl
def adfw_scorers():
    return [NamelessConfig]
