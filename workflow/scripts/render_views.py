"""Render a learned scene from where its test views were taken, and compare them."""

from fieldbench.execution import step

with step.running(snakemake) as job:
    # Only now: torch must see no GPU but those that the job has claimed.
    from fieldbench import devices, files, io, record
    from fieldbench.radiance import views
    from fieldbench.radiance.model import trained
    from fieldbench.radiance.scene import from_dataset

    source, params, output = snakemake.input, snakemake.params, snakemake.output
    device = devices.choose(params.device, snakemake.threads)
    scene = from_dataset(io.open_dataset(source.data))
    (result,) = record.read(source.record)
    found = None
    if result["status"] == "ok":
        model = trained(source.model, scene, params.entry, device)
        found = views.score(model, scene)
        result["metrics"].update(found.measures)
        result["draws"] = found.draws
        job.say(f"{found.measures['psnr_db']:.2f} dB")
    io.save_dataset(views.to_dataset(scene, model, found) if found else views.no_views(), output.views)
    files.save_text(record.dumps(record.make(**result)), output.record)
