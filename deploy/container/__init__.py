"""The same system in containers: one image, one container per process, PostgreSQL and nginx beside them.

`__main__` is what every container runs. `compose.yaml` wires them up; the Dockerfile builds the image.
"""

PORT = 8000  # every process listens here, each in a container of its own
