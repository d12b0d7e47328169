"""What holds for every test."""

from hypothesis import settings

settings.register_profile("hubd", deadline=None)  # a busy machine is no failure: time is measured by `make measure`
settings.load_profile("hubd")
