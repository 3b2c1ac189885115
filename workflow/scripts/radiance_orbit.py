"""Render a turn around a learned scene as an animation."""

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import devices, io, record
    from fieldbench.radiance import orbit
    from fieldbench.radiance.model import trained
    from fieldbench.radiance.scene import from_dataset

    source, params = snakemake.input, snakemake.params
    device = devices.choose(params.device, snakemake.threads)
    (result,) = record.read(source.record)
    frames = orbit.no_frames(params.pixels)
    if result["status"] == "ok":
        scene = from_dataset(io.open_dataset(source.data))
        model = trained(source.model, scene, params.entry, device)
        frames = orbit.render(model, scene, params.pixels)
    orbit.save(frames, snakemake.output.gif)
    job.say(f"rendered {len(frames)} frames")
