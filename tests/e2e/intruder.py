"""Code that tries to open what belongs to somebody else."""

#: Tries to open everything that is named, and says what could be.
INTRUDE = """
import json, os, pathlib, socket
def opens(path):
    path = pathlib.Path(path)
    try:
        if path.is_socket():
            with socket.socket(socket.AF_UNIX) as one:
                one.connect(str(path))
        elif path.is_dir():
            os.listdir(path)
        else:
            path.read_bytes()
    except OSError as error:
        return False
    return True
print(json.dumps([path for path in {paths!r} if opens(path)]))
"""
