"""What each unlucky answer may break, for that is what the answer itself says, and of what it leaves nothing to be seen."""

from __future__ import annotations

from collections.abc import Mapping

A_BINDING = frozenset(
    {
        "api.Consumer.batch-listener-unknown-queue",
        "api.OMSResponseStatus.destination-not-found-deleted",
    }
)
"""An unknown queue is an error of another kind."""
AN_ACK = frozenset(
    {
        "api.BatchMessageListener.ack-by-receipt",
        "api.Consumer.ack-accepted",
        "api.Consumer.ack-any-order",
        "api.MessageListener.ack-by-receipt",
        "domain.pull-ack-after-empty-receive",
        "domain.pull-ack-after-receives",
    }
)
"""An acknowledgement does not succeed."""
A_LOST_SEND = frozenset(
    {
        "api.Future.get-failure-repeatable",
        "api.Future.throwable-after-failure",
        "api.Future.throwable-after-success",
        "api.OMSResponseStatus.body-required",
        "api.OMSResponseStatus.destination-not-found",
        "api.OMSResponseStatus.destination-not-found-async",
        "api.OMSResponseStatus.destination-not-found-batch",
        "api.Producer.send-async-unknown-destination",
        "api.Producer.send-batch-async-completes",
        "api.Producer.send-batch-async-unknown-destination",
        "api.Producer.send-batch-delivers",
        "api.Producer.send-batch-destinations",
        "api.Producer.send-batch-unknown-destination",
        "api.Producer.send-unknown-destination",
        "api.ResourceManager.delete-queue-send",
        "api.ServiceLifecycle.ready-after-start",
        "api.ServiceLifecycle.ready-after-start-async",
        "api.ServiceLifecycle.restart",
        "api.ServiceLifecycle.restart-every-way",
        "api.ServiceLifecycle.stop-only-itself",
        "domain.create-queue-producer-irrelevant",
    }
)
"""A send does not succeed, or not with the error of what it asks for."""
A_RECEIVE = frozenset(
    {
        "api.Consumer.batch-receive-stopped",
        "api.Consumer.batch-receive-waits",
        "api.Consumer.batch-receive-zero",
        "api.Consumer.receive-stopped",
        "api.Consumer.receive-waits",
        "api.Consumer.receive-zero",
        "api.Consumer.suspend-pull",
        "api.MessagingAccessPoint.create-pull-consumer-attributes",
        "api.PullConsumer.receive-forever",
        "api.PullConsumer.receive-forever-stopped",
        "api.PullConsumer.receive-timeout",
        "api.ResourceManager.delete-queue-bound",
    }
)
"""A receive does not end with a message, null or a TIMEOUT."""
A_LISTENER = frozenset(
    {
        "2.3.4-qos-0-batch-pushed",
        "2.3.4-qos-0-pushed",
        "2.3.4-qos-2-batch-pushed",
        "2.3.4-qos-2-pushed",
        "2.3.4-qos-2-suspended",
        "api.Consumer.batch-listener-backlog",
        "api.Consumer.batch-listener-bound-before-start",
        "api.Consumer.batch-listener-called",
        "api.Consumer.batch-listener-several-queues",
        "api.Consumer.batch-receive-on-push",
        "api.Consumer.listener-backlog",
        "api.Consumer.listener-bound-before-start",
        "api.Consumer.listener-called",
        "api.Consumer.listener-several-queues",
        "api.Consumer.mixed-modes",
        "api.Consumer.receive-on-push",
        "api.Consumer.resume-after-end",
        "api.Consumer.resume-delivers",
        "api.Consumer.resume-delivers-batch",
        "api.Consumer.resume-delivers-later",
        "api.Consumer.resume-not-suspended-harmless",
        "api.Consumer.suspend-negative",
        "api.Consumer.suspend-only-itself",
        "api.Consumer.suspend-over-restart",
        "api.Consumer.suspend-timeout-ends",
        "api.Consumer.suspend-timeout-ends-batch",
        "api.Consumer.suspend-timeout-ends-batch-bound-later",
        "api.Consumer.suspend-timeout-ends-bound-later",
        "api.Consumer.suspend-timeout-maximum",
        "api.Consumer.suspend-timeout-resumed",
        "api.Consumer.suspend-timeout-resumed-batch",
        "api.Consumer.suspend-twice",
        "api.Consumer.suspend-zero",
        "api.Consumer.suspend-zero-batch",
        "api.Consumer.suspend-zero-resumed",
        "api.MessagingAccessPoint.create-push-consumer-attributes",
        "api.MessagingAccessPoint.create-push-consumer-new",
        "api.PushConsumer.batch-listener-several-queues",
        "api.PushConsumer.listener-several-queues",
        "api.PushConsumer.unbind-queues-others-stay",
        "api.ServiceLifecycle.restart-batch-listener",
        "api.ServiceLifecycle.restart-push",
        "domain.push-listeners-of-both-kinds",
        "domain.push-queues-unbound-apart",
        "reading.api-bind-twice",
        "usecase.broadcast-all-partitions",
        "usecase.broadcast-batch",
        "usecase.broadcast-pushed",
        "usecase.broadcast-stopped",
    }
)
"""What was sent never came to a listener."""

MAY_FAIL: Mapping[str, frozenset[str]] = {
    "a binding fails": A_BINDING,
    "an ack is lost": AN_ACK,
    "the answer to an ack is lost": AN_ACK,
    "a send is lost": A_LOST_SEND,
    "the answer to a send is lost": A_LOST_SEND,
    "a send stalls": frozenset(),
    "a receive fails": A_RECEIVE,
    "every receive fails": A_RECEIVE,
    "no listener is called": A_LISTENER,
}
"""The clauses that an unlucky answer may be seen to break."""

NOTHING_TO_SEE: Mapping[str, frozenset[str]] = {
    "a binding fails": frozenset(
        {
            "2.3.4-qos-1-async",
            "2.3.4-qos-1-batch",
            "2.3.4-qos-1-batch-received",
            "2.3.4-qos-1-pushed",
            "2.3.4-qos-1-several-consumers",
            "api.Consumer.ack-unacked-redelivered",
            "api.Consumer.unbind-queue-keeps-messages",
            "api.MessageListener.raised-redelivered",
            "usecase.broadcast-all-consumers",
            "usecase.publish-subscribe-every-consumer",
        }
    ),
    "every receive fails": frozenset(
        {
            "2.2.4-properties-nothing-added",
            "api.Consumer.ack-unacked-redelivered",
            "api.Consumer.unbind-queue-no-new-messages",
            "api.PullConsumer.bind-queues-partly",
            "api.PullConsumer.unbind-queues",
            "usecase.publish-subscribe-once",
        }
    ),
    "no listener is called": frozenset(
        {
            "api.Consumer.listener-not-before-start",
            "api.Consumer.suspend-holds",
            "api.Consumer.suspend-holds-batch",
            "api.Consumer.suspend-holds-bound-later",
            "api.Consumer.unbind-queue-no-push",
            "api.Consumer.unbind-queue-no-push-batch",
            "api.MessageListener.ack-not-redelivered",
            "api.PushConsumer.suspend-all-queues",
            "api.ServiceLifecycle.stop-no-push",
            "api.ServiceLifecycle.stop-no-push-batch",
        }
    ),
}
"""The clauses of which an unlucky answer leaves nothing to be seen: that they hold would be believed, not known."""
