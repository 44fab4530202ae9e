# syntax=docker/dockerfile:1
# The bot and nothing else: no shell, no package manager, no root. See OPERATIONS.md, "In a container".

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches stay with the builder, so what is kept of this layer is the binary alone.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --locked --profile dist \
    && install -D --mode=0755 target/dist/healthbot /out/healthbot \
    && install -d --mode=0700 /out/data

# The C library that the binary is linked with, libgcc, and the public certificate authorities.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/healthbot /usr/local/bin/healthbot
# A new volume takes over owner and mode of what the image holds at its place.
COPY --from=build --chown=65532:65532 /out/data /var/lib/healthbot
# By number, so that an orchestrator can see that it is not root.
USER 65532:65532
ENV HEALTHBOT_DATA_DIR=/var/lib/healthbot \
    HEALTHBOT_LISTEN=0.0.0.0:3000
VOLUME ["/var/lib/healthbot"]
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/local/bin/healthbot", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/healthbot"]
CMD ["serve"]
