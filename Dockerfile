# fieldbench and its pinned packages; see docs/installation.md.
FROM python:3.11-slim-bookworm
ARG GPU=
RUN apt-get update && apt-get install --yes --no-install-recommends make git && rm -rf /var/lib/apt/lists/*
COPY . /opt/fieldbench
WORKDIR /opt/fieldbench
RUN make install ${GPU:+GPU=1} && rm -rf /root/.cache
ENV PATH=/opt/fieldbench/.venv/bin:$PATH
WORKDIR /work
ENTRYPOINT ["snakemake"]
