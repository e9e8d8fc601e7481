"""Problems of a table that is audited alone: codes, texts and fixes."""
