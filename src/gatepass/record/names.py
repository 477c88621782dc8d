"""The names that records carry. They are identifiers, never fetched, and never change their meaning.

A new meaning gets a new major version in its URI, as https://github.com/in-toto/attestation asks.
"""

from __future__ import annotations

NAMESPACE = "https://gatepass.dev"
DECISION_TYPE = f"{NAMESPACE}/decision/v1"
GATE_ID = f"{NAMESPACE}/gate/v1"
POLICY_SET = f"{NAMESPACE}/policy-set/v1"

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
VSA_TYPE = "https://slsa.dev/verification_summary/v1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"  # the only one that slsa-verifier and cosign accept
BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"

UNSIGNED_FLAG = "--unsafe-unsigned"
