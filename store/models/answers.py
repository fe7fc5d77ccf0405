"""Answers of our own API, kept under the caller's idempotency key."""

from django.db import models


class StoredAnswer(models.Model):
    """What a writing call was answered; the same key gets the same answer again.

    `scope` says whose key it is. Without a status the first call is still at work, or
    died at it.
    """

    scope = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, help_text="SHA-256 of what was asked.")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """A key is used once in its scope."""

        constraints = [
            models.UniqueConstraint(
                fields=["scope", "key"], name="store_storedanswer_key_once"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="store_storedanswer_age"),
        ]

    def __str__(self) -> str:
        """Return the row's number; scope and key are the caller's."""
        return f"Answer {self.pk}"
