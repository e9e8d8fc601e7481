"""Problems of automation: codes, texts and fixes."""
