# The Tollgate service. Build it in the repository's root folder; no other tool than the container engine is needed:
#
#   docker build -t tollgate .
#
# Run it with settings of your own in ./config/tollgate.yaml and a volume for the journal:
#
#   docker run -d --name tollgate -p 8080:8080 --env-file .env --stop-timeout 60 \
#     -v "$PWD/config:/tollgate/config:ro" -v tollgate-data:/tollgate/data tollgate
#
# The command line is that of ./run: `docker run --rm tollgate keys new --customer cus_123`, or `check` instead of serve.
#
# - The journal is in /tollgate/data, which is where journal.path of the shipped settings leads. It is money: keep the
#   volume. A folder of the host that is mounted there must belong to uid 10001.
# - The health check asks port 9090 of the container itself, so the port in server.admin must stay 9090. With the shipped
#   127.0.0.1:9090 nobody else reaches it; set 0.0.0.0:9090 where Prometheus or an orchestrator's probes come from
#   outside, and publish the port to a private network only.
# - A stop waits for running requests (server.drain, 30 s) and for what is then left to book and to ship (up to 15 s):
#   give it 60 s, with --stop-timeout, stop_grace_period or terminationGracePeriodSeconds.
# - With a read-only root file system, mount a tmpfs with exec on /tmp (--tmpfs /tmp:exec): the native libraries of
#   SQLite and Netty are unpacked there.
# - More JVM options come in through the environment variable JDK_JAVA_OPTIONS.
#
# Base images are named by tag, so that a rebuild takes up security fixes of the JDK and of the system. Who wants the same
# bytes every time appends @sha256:... of the images they tested. Only instructions of the classic builder are used,
# because Testcontainers builds with it.

FROM busybox:1.37-musl AS busybox

FROM maven:3.9-eclipse-temurin-25 AS build
WORKDIR /build
# First the module descriptions alone: building the empty modules fetches nearly all plugins and libraries, in a layer
# that is good until a pom.xml changes. All modules must be there, since the parent names them.
COPY .mvn/ .mvn/
COPY pom.xml ./
COPY sandbox/pom.xml sandbox/
COPY proxy/pom.xml proxy/
COPY demo/pom.xml demo/
COPY bench/pom.xml bench/
RUN mvn --batch-mode --quiet --no-transfer-progress -Dmaven.test.skip=true -Dspotless.check.skip=true \
      --projects proxy --also-make package dependency:copy-dependencies -DincludeScope=runtime \
    && rm -r target sandbox/target proxy/target
# The sandbox is a dependency of the proxy's tests, so Maven wants it built; it does not enter the image.
COPY config/ config/
COPY sandbox/src/main/ sandbox/src/main/
COPY proxy/src/main/ proxy/src/main/
COPY demo/src/main/ demo/src/main/
RUN mvn --batch-mode --quiet --no-transfer-progress -Dmaven.test.skip=true -Dspotless.check.skip=true \
      --projects proxy,demo --also-make package dependency:copy-dependencies -DincludeScope=runtime

# A whole JRE rather than a runtime made by jlink: it costs some 100 MB once per host, and in return the list of JDK
# modules needs no upkeep by hand, where a forgotten one (TLS, HTTP server, DNS) would only show when it is needed.
# Ubuntu rather than Alpine, because the native libraries of Netty are made for glibc.
FROM eclipse-temurin:25-jre-noble AS service
LABEL org.opencontainers.image.title="Tollgate" \
      org.opencontainers.image.description="Metering reverse proxy for OpenAI-compatible APIs, billed through Dodo Payments credits"
RUN groupadd --gid 10001 tollgate \
    && useradd --uid 10001 --gid tollgate --no-create-home --home-dir /tollgate --shell /usr/sbin/nologin tollgate \
    && install --directory --owner=tollgate --group=tollgate --mode=0700 /tollgate/data
# The JRE image has neither wget nor curl. BusyBox is one static file that acts as the tool it is named after.
COPY --from=busybox /bin/busybox /usr/local/bin/wget
# Libraries change seldom and have a layer of their own.
COPY --from=build /build/proxy/target/dependency/ /opt/tollgate/lib/
COPY --from=build /build/proxy/target/tollgate-proxy-*.jar /opt/tollgate/

WORKDIR /tollgate
VOLUME ["/tollgate/data"]
EXPOSE 8080 9090

# /healthz rather than /readyz: an instance that is draining is well, and must not be restarted for it.
HEALTHCHECK --interval=5s --timeout=3s --start-period=60s --retries=3 \
  CMD ["wget", "-q", "-Y", "off", "-O", "/dev/null", "http://127.0.0.1:9090/healthz"]

# Half of the memory for the heap, because Netty's direct buffers may take as much again. When the heap is full the process
# ends, to be restarted: the journal has everything that was promised, a half-dead process keeps no promise.
RUN printf '%s\n' \
      -XX:+UseSerialGC \
      -XX:+UseCompactObjectHeaders \
      -XX:TrimNativeHeapInterval=5000 \
      -Xmn20m \
      -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=25 \
      -XX:MaxRAMPercentage=50 \
      -Dio.netty.leakDetection.level=disabled \
      -Djdk.reflect.useNativeAccessorOnly=true \
      -XX:+ExitOnOutOfMemoryError \
      --enable-native-access=ALL-UNNAMED \
      --sun-misc-unsafe-memory-access=allow \
      -Xlog:disable -Xlog:all=warning:stderr \
      -cp '/opt/tollgate/*:/opt/tollgate/lib/*' \
      > /opt/tollgate/java-options
# By number, so that an orchestrator can tell that it is not root.
USER 10001:10001
ENTRYPOINT ["java", "-XX:AOTCache=/opt/tollgate/learnt", "@/opt/tollgate/java-options", "dev.tollgate.app.Main"]
CMD ["serve"]

# The same service works for some seconds with the sandbox, and what its JVM learnt goes into the image, so that it starts sooner and
# its first requests do not wait for the compiler. A JVM that cannot use it starts without.
FROM service AS training
COPY config/ config/
COPY --from=build /build/demo/target/dependency/ /tmp/training/lib/
COPY --from=build /build/demo/target/tollgate-demo-*.jar /tmp/training/
RUN java -cp "/tmp/training/*:/tmp/training/lib/*" dev.tollgate.demo.TrainingRun \
      java -XX:AOTCacheOutput=/tmp/learnt @/opt/tollgate/java-options dev.tollgate.app.Main

FROM service
COPY --from=training /tmp/learnt /opt/tollgate/learnt
