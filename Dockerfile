# docker build -t torrential .
# docker run --rm -v "$PWD:/data" -v torrential:/root/.cache torrential train reviews.csv ...
# The second volume keeps the compiled kernels and the cache of hashed rows.
FROM python:3.13-slim
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
RUN pip install --no-cache-dir "/source[all]" && rm -r /source
WORKDIR /data
ENTRYPOINT ["torrential"]
