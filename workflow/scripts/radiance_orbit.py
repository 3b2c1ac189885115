"""Render a turn around a learned scene as an animation."""

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    import torch
    from fieldbench import devices, io, record
    from fieldbench.radiance import orbit
    from fieldbench.radiance.model import Model
    from fieldbench.radiance.scene import from_dataset
    from fieldbench.radiance.spec import Spec

    source, params = snakemake.input, snakemake.params
    device = devices.choose(params.device, snakemake.threads)
    (result,) = record.read(source.record)
    frames = orbit.no_frames(params.pixels)
    if result["status"] == "ok":
        scene = from_dataset(io.open_dataset(source.data))
        model = Model(scene, Spec(**params.entry)).to(device).eval()
        model.load_state_dict(torch.load(source.model, map_location=device, weights_only=True))
        frames = orbit.render(model, scene, params.pixels)
    orbit.save(frames, snakemake.output.gif)
    job.say(f"rendered {len(frames)} frames")
