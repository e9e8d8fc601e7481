# Expected values for the panel unit-root tests from plm (purtest, cipstest).
# Run in this folder: Rscript make_reference.R
# Reads inputs/*.csv (wide, rows = periods; the first column is the period), writes plm's own
# data sets there in the same form, and writes reference.csv and units.csv.
suppressMessages(library(plm))
options(warn = -1)

wide <- function(data, id, time, variable, log = FALSE) {
  v <- data[[variable]]
  if (log) v <- base::log(v)
  m <- tapply(v, list(data[[time]], data[[id]]), function(z) z[1])
  out <- data.frame(period = as.integer(rownames(m)), m, check.names = FALSE)
  names(out)[-1] <- paste0("u", seq_len(ncol(m)))
  out
}
save <- function(frame, name)
  write.csv(format(frame, digits = 15, trim = TRUE), file.path("inputs", paste0(name, ".csv")),
            row.names = FALSE, quote = FALSE)
data("Grunfeld"); data("Produc"); data("Gasoline")
save(wide(Grunfeld, "firm", "year", "inv"), "grunfeld_inv")
save(wide(Grunfeld, "firm", "year", "value"), "grunfeld_value")
save(wide(Grunfeld, "firm", "year", "capital"), "grunfeld_capital")
save(wide(Produc, "state", "year", "gsp", TRUE), "produc_gsp")
save(wide(Produc, "state", "year", "emp", TRUE), "produc_emp")
save(wide(Gasoline, "country", "year", "lgaspcar"), "gasoline_lgaspcar")
save(wide(Gasoline, "country", "year", "lrpmg"), "gasoline_lrpmg")

exos <- c(c = "intercept", ct = "trend")
types <- c(c = "drift", ct = "trend")
rows <- list(); units <- list()
put <- function(series, test, trend, lags, option, name, value)
  rows[[length(rows) + 1]] <<- data.frame(series, test, trend, lags, option, name,
                                          value = as.numeric(value))
attempt <- function(expr) tryCatch(expr, error = function(e) NULL)

for (file in sort(list.files("inputs", pattern = "[.]csv$"))) {
  series <- sub("[.]csv$", "", file)
  d <- read.csv(file.path("inputs", file), check.names = FALSE)
  y <- as.list(d[-1])
  y <- lapply(y, function(v) v[!is.na(v)])
  t <- min(lengths(y)); balanced <- length(unique(lengths(y))) == 1
  long <- data.frame(id = rep(names(d)[-1], each = nrow(d)), period = rep(d$period, ncol(d) - 1),
                     y = unlist(d[-1], use.names = FALSE))
  long <- long[!is.na(long$y), ]
  p <- pdata.frame(long, index = c("id", "period"))
  for (trend in names(exos)) {
    det <- c(c = 1, ct = 2)[[trend]]
    # lag orders leaving at least 4 residual degrees of freedom
    for (lags in Filter(function(k) (t - 1 - k) - (1 + det + k) >= 4, 0:3)) {
      ask <- function(test, ...) attempt(purtest(p$y, test = test, exo = exos[[trend]], lags = lags, ...))
      found <- function(r, test, option, name = "statistic", p_name = "p_value") {
        if (is.null(r) || !is.finite(r$statistic$statistic)) return()
        put(series, test, trend, lags, option, name, r$statistic$statistic)
        put(series, test, trend, lags, option, p_name, r$statistic$p.value)
      }
      # plm cannot compute bandwidth 0; that case is checked by hand in the unit tests
      if (balanced) for (q in c(2, NA))
        found(if (is.na(q)) ask("levinlin") else ask("levinlin", q = q), "llc", if (is.na(q)) "llc" else q)
      found(ask("ips", dfcor = TRUE), "ips", "")
      r <- ask("madwu", dfcor = TRUE, p.approx = "MacKinnon1994")
      found(r, "fisher", "", "P", "P_p")
      if (!is.null(r)) units[[length(units) + 1]] <- data.frame(series, trend, lags,
        unit = names(r$idres), t = sapply(r$idres, function(z) z$trho),
        p = sapply(r$idres, function(z) as.numeric(z$p.trho)))
    }
    for (lags in Filter(function(k) k >= 1 && (t - 1 - k) - (1 + det + k + 2 + k) >= 4, 0:3)) {
      r <- attempt(cipstest(p$y, lags = lags, type = types[[trend]], model = "cmg", truncated = TRUE))
      if (!is.null(r)) {
        put(series, "cips", trend, lags, "", "statistic", r$statistic)
        put(series, "cips", trend, lags, "", "p_value", r$p.value)
      }
    }
  }
}
all <- do.call(rbind, rows); all$value <- format(all$value, digits = 15, trim = TRUE)
write.csv(all, "reference.csv", row.names = FALSE, quote = FALSE)
u <- do.call(rbind, units)
# per-unit values of one panel per length are enough: they feed every statistic above
u <- u[u$series %in% c("grunfeld_inv", "gdp_2005_2024"), ]
u$t <- format(u$t, digits = 15, trim = TRUE); u$p <- format(u$p, digits = 15, trim = TRUE)
write.csv(u, "units.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("plm", packageVersion("plm")), paste("urca", packageVersion("urca"))),
           "versions.txt")
