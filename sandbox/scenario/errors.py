"""The one error of playing a scenario."""


class PlayError(Exception):
    """A stand-in refused something, or the folder does not fit the scenario; the text says what to do."""
