# gatepass as an image: `docker run IMAGE gate …`, and the image of a job in GitLab and elsewhere.
# docs/install.md tells how it is built, run and verified; `make image` builds it where an engine is.

# The index of python:3.13.16-slim-trixie as of 2026-10-09, so each machine gets the image made for it. Slim and not
# distroless: a job in a CI system runs in a shell of its image, and collectors and signatures need git, ssh-keygen
# and gpg. Where another registry is to be asked, name its copy of the same digest in PYTHON_IMAGE.
ARG PYTHON_IMAGE=python:3.13.16-slim-trixie@sha256:70729b46c69b4f1e97c4822c1af3df53a1476cf5ddc6c087c0c10bc3a5678c2f

FROM ${PYTHON_IMAGE} AS builder
COPY requirements.txt /build/
# each by its digest, or not at all; compiled here, since nothing of the image can be written to when it runs
RUN python -I -m venv --without-pip /opt/gatepass \
 && python -I -m pip --python /opt/gatepass/bin/python install --quiet --no-cache-dir --disable-pip-version-check \
      --no-input --no-deps --require-hashes --only-binary :all: --no-compile -r /build/requirements.txt
COPY src/gatepass /build/gatepass
COPY policies /build/gatepass/policies
COPY LICENSE /opt/gatepass/
RUN site=$(/opt/gatepass/bin/python -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && cp -R /build/gatepass "$site/" \
 && python -I -m compileall -q -j 0 --invalidation-mode unchecked-hash "$site" \
 && chmod -R a+rX /opt/gatepass

FROM ${PYTHON_IMAGE}
# of the release that the digest names; single versions leave Debian's archive when the next one comes
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git gnupg openssh-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 65532 --user-group --create-home --shell /usr/sbin/nologin gatepass
COPY --from=builder /opt/gatepass /opt/gatepass
COPY --chmod=0755 release/gatepass release/entrypoint /usr/local/bin/

ENV PYTHONDONTWRITEBYTECODE=1
WORKDIR /workspace
# a number, so that a cluster can tell that it is not root
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/entrypoint"]
CMD ["--help"]

ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="gatepass" \
      org.opencontainers.image.description="A policy-as-code compliance gate for CI: policies in, a signed decision out." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
