"""The parts of a package: container, METS, PREMIS, ERMS, WARC and proofs. Each writes as it reads, so that no case is too large."""
