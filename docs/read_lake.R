# A lake in base R, by the DuckDB shell: Rscript docs/read_lake.R <duckdb> <lake.sql> "<query>"
# `python -m living_panel lake-sql > lake.sql` writes the second file. The keys stay in the environment:
# PGPASSWORD, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 3) stop("say: Rscript docs/read_lake.R <duckdb> <lake.sql> \"<query>\"")

read_lake <- function(shell, attach, query) {
  answer <- tempfile(fileext = ".csv")
  statement <- sprintf("copy (%s) to '%s' (header)", query, answer)
  status <- system2(shell, c("-init", shQuote(attach), "-c", shQuote(statement)), stdout = FALSE)
  if (status != 0) stop("the shell could not read the lake: see its message above")
  read.csv(answer, stringsAsFactors = FALSE)
}

print(read_lake(arguments[1], arguments[2], arguments[3]), row.names = FALSE)
