"""Make of a scene's recommended model what people take home: itself, its test views, a video and a mesh."""

import json
from pathlib import Path

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import devices, io
    from fieldbench.radiance import mesh, orbit, saved
    from fieldbench.radiance.model import trained
    from fieldbench.radiance.scene import from_dataset

    source, params, output = snakemake.input, snakemake.params, snakemake.output
    choice = json.loads(Path(source.choice).read_text(encoding="utf-8"))
    run = Path(snakemake.config["pathvars"]["results"], choice.pop("run"))
    data = io.open_dataset(source.data)
    scene, device = from_dataset(data), devices.choose(params.device, snakemake.threads)
    model = trained(run / "model.pt", scene, params.methods[choice["method"]], device)
    saved.save(output.model, model, scene)
    views = io.open_dataset(run / "views.nc")
    views["depth"] = views["depth"] / scene.scale
    io.save_dataset(views.assign_attrs(choice, notes=data.attrs["notes"]), output.views)
    job.say(f"{choice['method']}; rendering the video")
    path, frames = params.take_home["path"], params.take_home["frames"]
    cameras = orbit.along(path, scene) if path else orbit.poses(scene, frames)
    orbit.save_video(orbit.render(model, scene, max(scene.size), cameras), output.video)
    job.say("finding the surface")
    mesh.save(mesh.surface(model, params.take_home["mesh_points"]).placed(scene), output.mesh)
