"""Problems of landing, archive and extracted: codes, texts and fixes."""

from ingestion.problems import ProblemCode

INGESTION = ProblemCode("LP-INGEST-000", "{text}")
READ = ProblemCode("LP-READ-000", "{text}")
RECEIPT = ProblemCode("LP-RECEIPT-000", "{text}")
ARCHIVE = ProblemCode("LP-ARCHIVE-000", "{text}")
CATALOG = ProblemCode("LP-CATALOG-000", "{text}")
LAYOUT = ProblemCode("LP-LAYOUT-000", "{text}")
FETCH = ProblemCode("LP-FETCH-000", "{text}")
PROVINCE = ProblemCode("LP-PROVINCE-000", "{text}")
NUMBER = ProblemCode("LP-NUMBER-000", "{text}")
