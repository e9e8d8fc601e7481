"""An S3 server for tests: moto with signatures and rights checked, run in a process of its own.

`python s3_server.py PORT FOLDER` writes the keys of a publisher and of a reader to FOLDER/keys.json. While
FOLDER/answer.json is there, requests that write are answered with its status and code, as a server does
whose disk is full. While FOLDER/hold is there they wait, and the first makes FOLDER/held.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import requests
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKET = "panel"
RIGHTS = {"publisher": ["s3:*"], "reader": ["s3:GetObject", "s3:ListBucket"]}


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    moto = DomainDispatcherApplication(create_backend_app)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        refusal, hold = folder / "answer.json", folder / "hold"
        writes = environ["REQUEST_METHOD"] in ("PUT", "POST")
        while writes and hold.exists():
            (folder / "held").touch()
            time.sleep(0.02)
        if writes and refusal.exists():
            answer = json.loads(refusal.read_text())
            body = f"<?xml version='1.0'?><Error><Code>{answer['code']}</Code></Error>".encode()
            start(f"{answer['status']} Refused", [("Content-Type", "application/xml")])
            return [body]
        return moto(environ, start)

    server = make_server("127.0.0.1", port, application, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    set_up(f"http://127.0.0.1:{port}", folder)
    thread.join()


def set_up(url: str, folder: Path) -> None:
    """Make the bucket and the users; from then on every request needs their keys."""
    given = {"endpoint_url": url, "aws_access_key_id": "any", "aws_secret_access_key": "any"}
    boto3.client("s3", region_name="us-east-1", **given).create_bucket(Bucket=BUCKET)
    iam = boto3.client("iam", region_name="us-east-1", **given)
    keys = {}
    for user, actions in RIGHTS.items():
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="own", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        keys[user] = [key["AccessKeyId"], key["SecretAccessKey"]]
    requests.post(f"{url}/moto-api/reset-auth", data="0", timeout=10).raise_for_status()
    written = folder / ".keys.json"
    written.write_text(json.dumps(keys))
    written.rename(folder / "keys.json")


if __name__ == "__main__":
    main()
