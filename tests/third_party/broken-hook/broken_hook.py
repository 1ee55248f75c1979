from adfw import hookimpl


@hookimpl
def adfw_scorers():
    raise RuntimeError("the camera is not connected")
