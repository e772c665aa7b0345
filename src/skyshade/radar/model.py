"""What a radar, a target and a jammer are to the range equation. SI throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skyshade.catalogue.model import Figure
from skyshade.errors import InputError
from skyshade.radar.detection import check_confirmation, check_detection
from skyshade.shown import Plotted, Shown

MIN_FREQ_HZ, MAX_FREQ_HZ = 30e6, 100e9  # metre waves to the top of what search radars use
REFERENCE_ALT_M = 10_000.0
EARTH_RADIUS_M = 6_371_000.0  # mean, for horizons and heights over a smooth Earth


@dataclass(frozen=True)
class Detection:
    """How a look decides, and when a track counts as confirmed.

    None of this is published for these radars; the values are this model's assumptions, the same
    for every radar, and shown as such. They move reach less than the radar cross-section does,
    because a published range fixes the sensitivity whatever they are.

    Attributes
    ----------
    pfa : false-alarm probability of one look.
    n_pulses : pulses added per look.
    swerling : fluctuation of the target, 0 to 4.
    p_reference : detection probability that a published range is taken to mean.
    confirm_m, confirm_n : a track is confirmed by M detections in N successive scans.
    p_confirm : a range of first track is where confirmation has reached this probability.
    """

    pfa: float = 1e-6
    n_pulses: int = 10
    swerling: int = 1
    p_reference: float = 0.5
    confirm_m: int = 2
    confirm_n: int = 3
    p_confirm: float = 0.9

    def __post_init__(self) -> None:
        """Refuse probabilities and rules that no look or track could have."""
        check_detection(self.pfa, self.n_pulses, self.swerling)
        check_confirmation(self.confirm_m, self.confirm_n)
        for name, value in (("p_reference", self.p_reference), ("p_confirm", self.p_confirm)):
            if not self.pfa < value < 1.0:
                raise InputError(
                    "a probability between pfa and 1", field=name, value=value, allowed="e.g. 0.5"
                )


@dataclass(frozen=True, repr=False)
class Radar(Plotted):
    """A radar as far as a published range against a published cross-section defines it.

    Attributes
    ----------
    reference_range_m, reference_rcs_m2 : the published pair; the range is taken to hold for a
        target at `reference_alt_m`, in clear air.
    freq_hz : carrier, for attenuation and multipath only.
    instrumented_range_m : the radar shows nothing beyond it; None if not published.
    scan_period_s : time between looks at one target.
    az_sector_deg, el_limits_deg : what the antenna serves; None is all round.
    figures : the catalogue's figures behind it, by field name, for sources and bounds.
    """

    id: str
    title: str
    reference_range_m: float
    reference_rcs_m2: float
    freq_hz: float
    instrumented_range_m: float | None = None
    scan_period_s: float | None = None
    az_sector_deg: tuple[float, float] | None = None
    el_limits_deg: tuple[float, float] = (-90.0, 90.0)
    reference_alt_m: float = REFERENCE_ALT_M
    detection: Detection = Detection()
    figures: Mapping[str, Figure] = field(default_factory=dict, repr=False)

    @property
    def _in_short(self) -> str:
        return (
            f"{self.id}, {self.reference_range_m / 1e3:g} km against {self.reference_rcs_m2:g} m2"
        )

    def __post_init__(self) -> None:
        """Refuse figures that no radar has."""
        _check_range("reference_range", self.reference_range_m)
        if self.instrumented_range_m is not None:
            _check_range("instrumented_range", self.instrumented_range_m)
        check_rcs(self.reference_rcs_m2, "reference_rcs")
        check_freq(self.freq_hz)
        if self.scan_period_s is not None and not 0.01 <= self.scan_period_s <= 600:
            raise InputError(
                "scan period out of bounds",
                field="scan_period",
                value=f"{self.scan_period_s:g} s",
                allowed="0.01 s to 600 s",
            )
        low, high = self.el_limits_deg
        if not -90 <= low < high <= 90:
            raise InputError(
                "elevation limits out of order: they leave nothing to see",
                field="el_limits",
                value=self.el_limits_deg,
                allowed="-90 <= lowest < highest <= 90 degrees",
            )


@dataclass(frozen=True, repr=False)
class Target(Shown):
    """A generic target class of the catalogue.

    Attributes
    ----------
    rcs_m2 : mean radar cross-section.
    speed_mps : ground speed.
    alt_m, alt_agl_m : typical altitude above sea level or above ground, as the class has one.
    is_ballistic : it flies on an arc; some limits of missiles differ against it.
    """

    id: str
    title: str
    rcs_m2: float
    speed_mps: float
    alt_m: float | None = None
    alt_agl_m: float | None = None
    is_ballistic: bool = False
    figures: Mapping[str, Figure] = field(default_factory=dict, repr=False)

    @classmethod
    def of_rcs(cls, rcs_m2: float, speed_mps: float = 250.0) -> Target:
        """A target with a cross-section of the user's own."""
        return cls("rcs", "your own", rcs_m2, speed_mps)

    @property
    def _in_short(self) -> str:
        return f"{self.id}, {self.rcs_m2:g} m2, {self.speed_mps:g} m/s"

    @property
    def short_title(self) -> str:
        """The title without what it says in brackets."""
        return self.title.split(" (")[0]

    def __post_init__(self) -> None:
        """Refuse figures that no target has."""
        check_rcs(self.rcs_m2, "rcs")
        if not 1.0 <= self.speed_mps <= 12_000.0:
            raise InputError(
                "target speed out of bounds",
                field="speed",
                value=f"{self.speed_mps:g} m/s",
                allowed="1 m/s to 12 km/s",
            )


@dataclass(frozen=True)
class Jammer:
    """A noise jammer, by how much it raises the radar's noise.

    No power, antenna or waveform: what matters to a range is the ratio J/N, which falls with the
    square of the jammer's distance, and how much of it the radar's side lobes let in.

    Attributes
    ----------
    jn_ratio : J/N (a ratio, not decibels) in the main beam at `jn_range_m`.
    range_m : distance of a stand-off jammer; None: the target carries it (self-screening).
    sidelobe_ratio : main-lobe gain over the gain towards a stand-off jammer; 1 in the main beam.
    """

    jn_ratio: float
    jn_range_m: float = 100_000.0
    range_m: float | None = None
    sidelobe_ratio: float = 1.0

    @classmethod
    def from_db(
        cls, jn_db: float, range_m: float | None = None, sidelobe_db: float = 0.0
    ) -> Jammer:
        """A jammer by its J/N at 100 km and the radar's side-lobe level, both in decibels."""
        return cls(10 ** (jn_db / 10), range_m=range_m, sidelobe_ratio=10 ** (sidelobe_db / 10))

    def __post_init__(self) -> None:
        """Refuse figures that no jammer has."""
        _check_range("jn_range", self.jn_range_m)
        if not 0.0 <= self.jn_ratio <= 1e12:
            raise InputError(
                "J/N out of bounds",
                field="jn_ratio",
                value=self.jn_ratio,
                allowed="0 to 1e12 (0 to 120 dB)",
            )
        if not 1.0 <= self.sidelobe_ratio <= 1e8:
            raise InputError(
                "side-lobe ratio out of bounds",
                field="sidelobe_ratio",
                value=self.sidelobe_ratio,
                allowed="1 to 1e8 (0 to 80 dB)",
            )
        if self.range_m is not None and not self.range_m >= 1_000.0:
            raise InputError(
                "the jammer stands inside the radar",
                field="jammer_range",
                value=f"{self.range_m:g} m",
                allowed="1 km or more",
            )


def check_rcs(rcs_m2: float, field: str) -> None:
    """Raise InputError unless a radar cross-section is positive and no larger than a ship's.

    Parameters
    ----------
    rcs_m2 : radar cross-section (m2).

    Raises
    ------
    InputError : below 1e-8 m2 or above 1e6 m2.
    """
    if not 1e-8 <= rcs_m2 <= 1e6:
        raise InputError(
            "a radar cross-section must be more than zero"
            if rcs_m2 <= 0
            else "radar cross-section out of bounds",
            field=field,
            value=f"{rcs_m2:g} m2",
            allowed="1e-8 m2 to 1e6 m2",
        )


def check_freq(freq_hz: float) -> None:
    """Raise InputError unless a radar could use the frequency; hints at GHz typed as Hz.

    Parameters
    ----------
    freq_hz : Hz.

    Raises
    ------
    InputError : no radar works there.
    """
    if MIN_FREQ_HZ <= freq_hz <= MAX_FREQ_HZ:
        return
    hint = next(
        (
            f"{freq_hz:g} {unit} would be {freq_hz * factor:g} Hz: frequencies are in Hz."
            for unit, factor in (("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3))
            if MIN_FREQ_HZ <= freq_hz * factor <= MAX_FREQ_HZ
        ),
        None,
    )
    raise InputError(
        "no radar works at this frequency",
        field="frequency",
        value=f"{freq_hz:g} Hz",
        allowed="30 MHz to 100 GHz",
        hint=hint,
    )


def _check_range(field: str, range_m: float) -> None:
    if not 100.0 <= range_m <= 5e6:
        raise InputError(
            "range out of bounds", field=field, value=f"{range_m:g} m", allowed="100 m to 5000 km"
        )
