"""The parts of a package: container, METS, PREMIS, ERMS, WARC, proofs. Each writes as it reads: no case is too large."""
