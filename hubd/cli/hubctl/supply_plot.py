"""The capacitor's voltage over the way down, in plain characters."""

from hubd.power.energy import Capacitor, Leg
from hubd.power.sizing import voltage_curve

WIDTH = 66
HEIGHT = 11
TICKS = 4


def plot(capacitor: Capacitor, legs: tuple[Leg, ...]) -> str:
    """Voltage upwards from cut-off to full, time to the right, a letter below for each leg."""
    total_s = sum(leg.time_s for leg in legs)
    curve = voltage_curve(capacitor, legs, total_s / (WIDTH - 1))[:WIDTH]
    lines = [_line(capacitor, curve, HEIGHT - 1 - row) for row in range(HEIGHT)]
    lines.append("        " + _initials(legs, total_s))
    lines.append("        " + _times(total_s))
    lines.append("        " + ", ".join(f"{chr(97 + index)} {leg.name}" for index, leg in enumerate(legs)))
    return "\n".join(lines)


def _line(capacitor: Capacitor, curve: list[float | None], level: int) -> str:
    step_v = (capacitor.full_v - capacitor.cutoff_v) / (HEIGHT - 1)
    at_v = capacitor.cutoff_v + level * step_v
    marks = "".join("*" if v is not None and abs(v - at_v) <= step_v / 2 else " " for v in curve)
    return f"{at_v:5.2f} V |{marks}".rstrip()


def _initials(legs: tuple[Leg, ...], total_s: float) -> str:
    return "".join(_letter_at(legs, column * total_s / WIDTH) for column in range(WIDTH))


def _letter_at(legs: tuple[Leg, ...], at_s: float) -> str:
    for index, leg in enumerate(legs):
        at_s -= leg.time_s
        if at_s < 0:
            return chr(97 + index)
    return chr(96 + len(legs))


def _times(total_s: float) -> str:
    width = WIDTH // TICKS
    ticks = "".join(f"{total_s * tick / TICKS:.0f}".ljust(width) for tick in range(TICKS))
    return f"{ticks}{total_s:.0f} s"
