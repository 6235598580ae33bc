# One service, or the CLI, with production dependencies only:
#   docker build --build-arg SERVICE=selector -t hodei-selector .
#   docker build --target cli -t hodei-cli .
# All of them share every layer but the last few bytes, so building the second takes no time. There is no build step but the
# console's: Node runs the TypeScript as it is. Plain instructions, so that the classic builder and BuildKit both take it.
# BASE_IMAGE is any Linux with Node 24 or newer, npm, sh and find.
ARG BASE_IMAGE=node:24.19.0-trixie-slim

# The package.json files alone, without what is for development: as long as these stay, the layer of dependencies below does.
FROM ${BASE_IMAGE} AS manifests
WORKDIR /app
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -path './deploy/image/*' -delete \
  && find . -name package.json -exec node deploy/image/production-manifest.mjs {} + \
  && rm -r deploy && find . -type d -empty -delete

FROM ${BASE_IMAGE} AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
# Optional packages are PostgreSQL for `hodei up` and native speed-ups; type declarations and source maps are not read at run time.
RUN npm ci --workspace=services --workspace=apps/cli --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --no-update-notifier \
  && find . -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete \
  && rm -rf bench demo docs examples libs/testing node_modules/@hodei/testing /root/.npm /tmp/*

# The console as static files. What builds it is for development and stays behind; nothing of it is needed by the tests.
FROM ${BASE_IMAGE} AS console
WORKDIR /app
COPY --from=manifests /app ./
COPY apps/console/package.json apps/console/
RUN (cd apps/console && npm pkg delete 'devDependencies.@hodei/testing' devDependencies.vitest devDependencies.playwright-core devDependencies.axe-core) \
  && npm ci --workspace=apps/console --ignore-scripts --no-audit --no-fund --no-update-notifier
COPY tsconfig.json ./
COPY libs/api libs/api
COPY apps/console apps/console
RUN node apps/console/build/build.ts --force

FROM ${BASE_IMAGE} AS runtime
# A user of its own, in numbers that a host can grant rights to. Its home is the only folder that it may write.
RUN echo 'hodei:x:10001:10001:Hodei:/var/lib/hodei:/bin/sh' >> /etc/passwd && echo 'hodei:x:10001:' >> /etc/group \
  && mkdir -p /var/lib/hodei && chown 10001:10001 /var/lib/hodei
COPY --from=dependencies /app /app
COPY libs /app/libs
COPY services /app/services
COPY apps/cli /app/apps/cli
COPY --from=console /app/apps/console/dist /app/apps/console/dist
COPY migrations /app/migrations
COPY deploy/image/is-ready.mjs /app/
LABEL org.opencontainers.image.description="Job placement and worker provisioning across the compute a team already has" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production HOME=/var/lib/hodei HODEI_HOME=/var/lib/hodei
WORKDIR /var/lib/hodei
USER 10001:10001

FROM runtime AS cli
LABEL org.opencontainers.image.title="hodei cli"
ENTRYPOINT ["node", "/app/apps/cli/bin/hodei.js"]

FROM runtime AS service
ARG SERVICE=registry
LABEL org.opencontainers.image.title="hodei ${SERVICE}"
ENV HODEI_SERVICE=${SERVICE} HODEI_HTTP_HOST=0.0.0.0 \
    HODEI_REGISTRY_PORT=8080 HODEI_SELECTOR_PORT=8080 HODEI_HEALTH_PORT=8080 HODEI_PROVISIONER_PORT=8080
RUN test -f "/app/services/${SERVICE}/src/main.ts" || { echo "SERVICE=${SERVICE}: write registry, selector, health or provisioner" >&2; exit 1; }
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/is-ready.mjs"]
ENTRYPOINT ["/bin/sh", "-c", "exec node --max-semi-space-size=16 --heap-growing-percent=100 /app/services/${HODEI_SERVICE}/src/main.ts"]
