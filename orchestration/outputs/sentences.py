"""Problems of workers' outputs: codes, texts and fixes."""
