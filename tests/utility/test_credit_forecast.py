"""A warning comes before the interruption, and lost generation is estimated as stated (R40)."""

from hubd.utility import credit_forecast as forecast

HOUR_S = 3_600.0
NOON = 1_795_348_800


def falling(start_e5: int, e5_per_hour: int, hours: float, every_s: float = 300.0) -> list[forecast.RunningLow]:
    state, warnings = forecast.CreditSeen(), []
    for step in range(int(hours * HOUR_S / every_s) + 1):
        state, warning = forecast.seen(state, step * every_s, start_e5 - int(e5_per_hour * step * every_s / HOUR_S))
        warnings += [warning] if warning else []
    return warnings


def test_it_warns_once_six_hours_before_the_credit_ends_r40():
    (warning,) = falling(1_000_000, 100_000, hours=9.9)
    assert 5.8 * HOUR_S < warning.left_s <= 6.0 * HOUR_S
    assert abs(warning.fall_e5_per_hour - 100_000) < 1_000


def test_no_rate_is_made_of_too_little_and_none_of_a_balance_that_stands():
    assert falling(100_000, 500_000, hours=0.15) == []
    assert falling(100_000, 0, hours=5.0) == []


def test_a_top_up_begins_anew_and_the_next_shortage_is_told_again_r40():
    state, told = forecast.CreditSeen(), 0
    for at_s, balance_e5 in [(0, 200_000), (1_200, 150_000), (2_400, 100_000), (3_000, 9_000_000), (4_200, 8_990_000),
                             (5_400, 8_980_000), (6_000, 200_000), (7_200, 150_000)]:  # fmt: skip
        state, warning = forecast.seen(state, at_s, balance_e5)
        told += warning is not None
    assert told == 2


def test_lost_generation_is_the_mean_of_the_same_half_hours_and_their_share_r40():
    day_s, half_s = 86_400, 1_800
    export = {NOON - day_s: 400, NOON - 2 * day_s: 600, NOON + half_s - day_s: 300}
    assert forecast.lost_export_wh(NOON, NOON + half_s, export) == 500
    assert forecast.lost_export_wh(NOON + 900, NOON + half_s + 600, export) == 350, "half of 500 and a third of 300"
    assert forecast.lost_export_wh(NOON, NOON + half_s, {}) is None, "nothing known, nothing said"


def test_what_is_left_is_what_stands_above_the_meters_cut_off_r40():
    state, warnings = forecast.CreditSeen(), []
    for at_s, balance_e5 in [(0, 900_000), (1_800, 850_000), (3_600, 800_000)]:
        state, warning = forecast.seen(state, at_s, balance_e5, cut_off_e5=300_000)
        warnings += [warning] if warning else []
    assert [round(warning.left_s) for warning in warnings] == [round(5.5 * HOUR_S)]


def test_the_household_is_shown_how_long_it_lasts_until_a_top_up_r40():
    state = forecast.CreditSeen()
    for at_s, balance_e5 in [(0, 200_000), (1_800, 150_000)]:
        state, _ = forecast.seen(state, at_s, balance_e5)
    assert state.until_unix_s == 1_800 + 1.5 * HOUR_S
    state, _ = forecast.seen(state, 2_400, 5_000_000)
    assert state.until_unix_s is None
    state, warning = forecast.seen(state, 4_200, 4_000_000)
    assert (warning, state.until_unix_s) == (None, 4_200 + 2 * HOUR_S), "low again: shown, though not told twice"
