"""What an event says in a few words: conditions, weights, figures. Nothing personal."""

from core.event import Data
from core.events import camera, device, handoff, waste
from projections.console.format import count, mass, percent
from projections.console.texts import Words

_ZONES = (
    camera.RegionEntered, camera.RegionLeft, camera.RegionOccupied, camera.RegionVacated,
)  # fmt: skip
_PICTURE = (camera.VideoLost, camera.VideoTampered, camera.VideoRestored)


def own_reason(data: Data) -> bool:
    """Whether its reason is not one of those for which somebody is refused."""
    return isinstance(data, (*_PICTURE, handoff.Failed))


def told(data: Data, words: Words) -> list[str]:
    match data:
        case device.ConditionChanged():
            return _condition(data, words)
        case waste.BinTared():
            return _weights(words, tare=data.tare_g)
        case waste.BinCollected() | waste.LoadWeighed() | waste.DepositRecorded():
            return _weights(words, full=data.gross_g, tare=data.tare_g, net=data.net_g)
        case waste.LevelMeasured():
            found = [] if data.fullness is None else [percent(data.fullness)]
            return found + ([] if data.weight_g is None else [mass(data.weight_g)])
        case camera.VideoLost() | camera.VideoTampered() | camera.VideoRestored():
            return [words.named("picturefault", data.reason)] if data.reason else []
        case camera.HealthReported():
            return [
                words("camerahealth.fps", fps=f"{data.fps:.1f}"),
                words("camerahealth.dropped", n=count(data.dropped)),
                *([words.named("picturefault", data.fault)] if data.fault else ()),
            ]
        case camera.ReviewReported():
            seen = [words.named("label", one) for one in data.labels]
            return [words.named("reviewphase", data.phase), *seen, *data.zones]
        case handoff.Delivered():
            return [words("handoff.delivered", n=count(data.count))]
        case handoff.Failed():
            refused = [words("handoff.refused", n=count(data.count))] if data.final else []
            return [words.named("handoffreason", data.reason), *refused]
    purpose, zone = getattr(data, "purpose", ""), getattr(data, "zone", "")
    found = [zone] if isinstance(zone, str) and zone else []
    if isinstance(data, _ZONES) and purpose:
        found.append(words.named("purpose", purpose))
    return found


def _condition(data: device.ConditionChanged, words: Words) -> list[str]:
    found = [words.named("condition", data.condition), *([data.part] if data.part else ())]
    if data.active is not None:
        found.append(words.named("conditionstate", "on" if data.active else "off"))
    if data.value is not None:
        limit = "" if data.threshold is None else f" / {data.threshold:g}"
        found.append(f"{data.value:g}{limit}")
    return found


def _weights(words: Words, **grams: int | None) -> list[str]:
    told = ((key, one) for key, one in grams.items() if one is not None)
    return [words(f"weighed.{key}", mass=mass(one)) for key, one in told]
