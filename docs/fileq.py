"""A broker in a folder: a message is a file, a queue a folder. An adapter of the OpenMessaging TCK in an hour."""

import shutil
import socket
import tempfile
import threading
import time
import uuid
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec

from tck.adapter import ErrorKind, Header, LifeState, Message, OmsError, SendResult, Status, access_point_uri


def no_queue(name):
    return OmsError(ErrorKind.DESTINATION, Status.DESTINATION_NOT_FOUND, f"there is no queue {name!r}")


class Endpoint:
    def __init__(self, root):
        self.root = root
        self.state = LifeState.INITIALIZED

    def start(self):
        self.state = LifeState.STARTED

    def stop(self):
        self.state = LifeState.STOPPED

    def current_state(self):
        return self.state

    def folder(self, queue):
        folder = self.root / quote(queue or "?", safe="")
        if not folder.is_dir():
            raise no_queue(queue)
        return folder


class Future:
    def __init__(self, work):
        self.result = self.error = None
        self.done = threading.Event()
        threading.Thread(target=self.run, args=(work,), daemon=True).start()

    def run(self, work):
        try:
            self.result = work()
        except OmsError as error:
            self.error = error
        self.done.set()

    def get(self, timeout):
        if not self.done.wait(timeout):
            raise OmsError(ErrorKind.TIMEOUT, Status.REQUEST_TIMEOUT, "still at work")
        if self.error:
            raise self.error
        return self.result

    def is_done(self):
        return self.done.is_set()

    def get_throwable(self):
        return self.error and self.error.error


class Producer(Endpoint):
    def create_message(self, queue, body):
        return Message(Header(destination=queue), body=body)

    def send(self, message):
        if self.state is not LifeState.STARTED:
            raise OmsError(ErrorKind.OTHER, Status.SERVICE_UNAVAILABLE, "not started")
        for key, value in message.properties.items():
            bound = {"i16": 1 << 15, "i32": 1 << 31, "i64": 1 << 63}.get(value.__struct_config__.tag)
            if bound and not -bound <= value.value < bound:
                raise OmsError(ErrorKind.FORMAT, Status.BAD_PARAMETER, f"property {key!r} is out of range")
        if not message.header.destination:
            raise OmsError(ErrorKind.FORMAT, Status.BAD_PARAMETER, "a message needs a destination")
        if message.extension_header and any(v is not None for v in msgspec.structs.astuple(message.extension_header)):
            raise OmsError(ErrorKind.UNSUPPORTED, Status.BAD_PARAMETER, "there is no extension header here")
        if message.header.qos:
            raise OmsError(ErrorKind.UNSUPPORTED, Status.BAD_PARAMETER, "messages are delivered at least once here")
        folder = self.folder(message.header.destination)
        stamp = {"message_id": uuid.uuid4().hex, "born_host": socket.gethostname()}
        header = msgspec.structs.replace(message.header, born_timestamp=time.time_ns() // 1_000_000, **stamp)
        sent = msgspec.structs.replace(message, header=header)
        name = f"{time.time_ns():020}-{header.message_id}"
        (folder / f".{name}").write_bytes(msgspec.json.encode(sent))
        (folder / f".{name}").rename(folder / name)
        return SendResult(header.message_id, sent)

    def send_async(self, message):
        return Future(lambda: self.send(message))

    def send_oneway(self, message):
        try:
            return self.send(message).message
        except OmsError:
            return message

    def send_batch(self, messages):
        return tuple(self.send(message).message for message in messages)

    def send_batch_async(self, messages):
        return Future(lambda: SendResult(messages=self.send_batch(messages)))

    def send_batch_oneway(self, messages):
        return tuple(self.send_oneway(message) for message in messages)


class Consumer(Endpoint):
    def __init__(self, root):
        super().__init__(root)
        self.queue = None
        self.held = {}
        self.stopping = threading.Event()

    def start(self):
        self.stopping.clear()
        super().start()

    def stop(self):
        super().stop()
        self.stopping.set()
        self.give_back()

    def give_back(self):
        for taken, origin in list(self.held.values()):
            if taken.exists():
                taken.rename(origin)
        self.held.clear()

    def bind_queue(self, queue, listener=None):
        self.folder(queue)
        if self.queue not in {None, queue}:
            raise OmsError(ErrorKind.OTHER, Status.BAD_REQUEST, f"it is bound to {self.queue!r}")
        self.queue = queue

    def unbind_queue(self, queue):
        if queue == self.queue:
            self.queue = None

    def is_bind_queue(self):
        return self.queue is not None

    def get_bind_queue(self):
        return self.queue

    def receive(self, timeout):
        deadline = time.monotonic() + timeout
        while self.state is LifeState.STARTED:
            message = self.queue and self.take()
            if message:
                return message
            left = deadline - time.monotonic()
            if left <= 0:
                raise OmsError(ErrorKind.TIMEOUT, Status.REQUEST_TIMEOUT, f"nothing within {timeout} s")
            self.stopping.wait(min(left, 0.005))
        return None

    def take(self):
        for origin in sorted(path for path in self.folder(self.queue).iterdir() if path.name[0] != "."):
            receipt = uuid.uuid4().hex
            taken = origin.with_name(f".{receipt}")
            try:
                origin.rename(taken)  # who renames it has it
            except FileNotFoundError:
                continue
            self.held[receipt] = taken, origin
            return msgspec.structs.replace(msgspec.json.decode(taken.read_bytes(), type=Message), receipt=receipt)
        return None

    def batch_receive(self, timeout):
        message = self.receive(timeout)
        return message and [message]

    def ack(self, receipt):
        if receipt in self.held:
            self.held.pop(receipt)[0].unlink(missing_ok=True)


class AccessPoint:
    def __init__(self, root, uri, preset):
        self.root = root
        self.uri = uri
        self.preset = preset

    def version(self):
        return "1.0.0-alpha"

    def attributes(self):
        account = {"ACCOUNT_ID": self.uri.account_id} if self.uri.account_id else {}
        hosts = ",".join(map(str, self.uri.hosts))
        own = {"ACCESS_POINTS": hosts, "REGION": self.uri.region, "DRIVER_IMPL": "fileq.AccessPoint", **account}
        return {**self.preset, **own}

    def create_producer(self):
        return Producer(self.root)

    def create_consumer(self):
        return Consumer(self.root)

    def resource_manager(self):
        return self

    def message_factory(self):
        return Producer(self.root)

    def create_queue(self, queue):
        try:
            (self.root / quote(queue, safe="")).mkdir()
        except FileExistsError:
            raise OmsError(ErrorKind.DESTINATION, Status.DESTINATION_EXISTS, f"there is a queue {queue!r}") from None

    def delete_queue(self, queue):
        if not (self.root / queue).is_dir():
            raise no_queue(queue)
        shutil.rmtree(self.root / queue, ignore_errors=True)

    def list_queues(self, namespace=None):
        return [unquote(path.name) for path in self.root.iterdir()]

    def close(self):
        pass


class Adapter:
    name = "Files in folders"
    access_point = "oms:fileq://me@localhost/here"
    profiles = ("Core",)
    capabilities = {"types.boolean": "native"}
    root = Path(tempfile.gettempdir()) / "fileq"  # where two processes of the kit meet

    def version(self):
        return "1"

    def open(self, uri, attributes):
        parsed = access_point_uri(uri)
        if parsed.driver_type != "fileq":
            raise OmsError(ErrorKind.OTHER, Status.DRIVER_UNAVAILABLE, f"no driver {parsed.driver_type!r} here")
        self.root.mkdir(exist_ok=True)
        return AccessPoint(self.root, parsed, attributes)
