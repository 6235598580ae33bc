/** A message that JetStream did not acknowledge in time, or refused. */
export class PublishError extends Error {
  readonly code = "PUBLISH_FAILED";
  readonly subject: string;

  constructor(subject: string, reason: string, options?: ErrorOptions) {
    super(`${subject} could not be published: ${reason}`, options);
    this.name = "PublishError";
    this.subject = subject;
  }
}

/** A message larger than the server takes; nothing was sent. */
export class OversizeError extends Error {
  readonly code = "MESSAGE_TOO_LARGE";
  readonly subject: string;

  constructor(subject: string, bytes: number, maxPayload: number) {
    super(
      `${subject}: the message has ${bytes} bytes with its headers, the NATS server takes ${maxPayload} (max_payload); send less, or raise max_payload`,
    );
    this.name = "OversizeError";
    this.subject = subject;
  }
}
