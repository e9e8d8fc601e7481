# Expected values for the panel unit-root tests from plm (purtest, cipstest) and urca.
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

exos <- c(n = "none", c = "intercept", ct = "trend")
types <- c(n = "none", c = "drift", ct = "trend")
rules <- c(aic = "AIC", bic = "SIC", "t-stat" = "Hall")
rows <- list(); units <- list()
put <- function(series, test, trend, lags, max_lags, option, name, value)
  rows[[length(rows) + 1]] <<- data.frame(series, test, trend, lags = as.character(lags), max_lags,
                                          option, name, value = as.numeric(value))
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
  run <- function(...) attempt(purtest(p$y, ...))
  for (trend in names(exos)) {
    exo <- exos[[trend]]; det <- c(n = 0, c = 1, ct = 2)[[trend]]
    # lag orders leaving at least 4 residual degrees of freedom
    fixed <- Filter(function(k) (t - 1 - k) - (1 + det + k) >= 4, 0:3)
    pmax <- min(t %/% 6, max(fixed, 0))
    plan <- c(as.list(fixed), if (length(fixed) && pmax > 0) as.list(names(rules)))
    for (lags in plan) {
      rule <- is.character(lags); given <- if (rule) rules[[lags]] else lags
      most <- if (rule) pmax else NA
      ask <- function(test, ...) run(test = test, exo = exo, lags = given,
                                     pmax = if (rule) pmax else 10, ...)
      # plm cannot compute bandwidth 0; that case is checked by hand in the unit tests
      if (balanced) for (q in c(2, NA)) {
        r <- if (is.na(q)) ask("levinlin") else ask("levinlin", q = q)
        if (!is.null(r)) {
          put(series, "llc", trend, lags, most, if (is.na(q)) "llc" else q, "statistic", r$statistic$statistic)
          put(series, "llc", trend, lags, most, if (is.na(q)) "llc" else q, "p_value", r$statistic$p.value)
          put(series, "llc", trend, lags, most, if (is.na(q)) "llc" else q, "mean_lags", mean(sapply(r$idres, function(z) z$lags)))
        }
      }
      if (trend != "n") {
        r <- ask("ips", dfcor = TRUE)
        if (!is.null(r) && !is.na(r$statistic$statistic)) {
          put(series, "ips", trend, lags, most, "", "statistic", r$statistic$statistic)
          put(series, "ips", trend, lags, most, "", "p_value", r$statistic$p.value)
          if (identical(lags, 0L)) {
            r <- ask("ips", dfcor = TRUE, ips.stat = "Ztbar")
            put(series, "ips", trend, lags, most, "", "z_t_bar", r$statistic$statistic)
          }
        }
      }
      for (approximation in c("MacKinnon1996", "MacKinnon1994")) {
        option <- if (approximation == "MacKinnon1996") "plm" else "stata"
        for (m in list(c("madwu", "P"), c("invnormal", "Z"), c("logit", "L"), c("Pm", "Pm"))) {
          r <- ask(m[1], dfcor = TRUE, p.approx = approximation)
          if (!is.null(r) && is.finite(r$statistic$statistic)) {
            put(series, "fisher", trend, lags, most, option, m[2], r$statistic$statistic)
            put(series, "fisher", trend, lags, most, option, paste0(m[2], "_p"), r$statistic$p.value)
          }
        }
        r <- ask("madwu", dfcor = TRUE, p.approx = approximation)
        if (!is.null(r)) units[[length(units) + 1]] <- data.frame(series, trend, lags = as.character(lags),
          max_lags = most, option, unit = names(r$idres), t = sapply(r$idres, function(z) z$trho),
          p = sapply(r$idres, function(z) as.numeric(z$p.trho)), used = sapply(r$idres, function(z) z$lags))
      }
    }
    for (lags in Filter(function(k) k >= 1 && (t - 1 - k) - (1 + det + k + 2 + k) >= 4, 0:3)) for (truncated in c(TRUE, FALSE)) {
      r <- attempt(cipstest(p$y, lags = lags, type = types[[trend]], model = "cmg", truncated = truncated))
      if (!is.null(r)) {
        option <- if (truncated) "truncated" else "plain"
        put(series, "cips", trend, lags, NA, option, "statistic", r$statistic)
        if (truncated) put(series, "cips", trend, lags, NA, option, "p_value", r$p.value)
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
