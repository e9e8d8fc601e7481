# Lags by AIC and SIC, no constant (Fisher, LLC), Hadri: Rscript driver.R, in this folder. Reads ../unit_roots/inputs, writes
# expected.csv. plm reads the moments of IPS at T - p - 1.
suppressMessages(library(plm)); options(warn = -1)
exos <- c(n = "none", c = "intercept", ct = "trend")
out <- list()
put <- function(series, test, trend, option, name, value)
  out[[length(out) + 1]] <<- data.frame(series, test, trend, option, name, value = as.numeric(value))
for (series in c("grunfeld_inv", "produc_gsp", "gasoline_lgaspcar", "sim_walk_t30", "sim_stationary_t60")) {
  d <- read.csv(file.path("../unit_roots/inputs", paste0(series, ".csv")), check.names = FALSE)
  if (anyNA(d)) next
  long <- data.frame(id = rep(names(d)[-1], each = nrow(d)), period = rep(d$period, ncol(d) - 1),
                     y = unlist(d[-1], use.names = FALSE))
  long$id <- factor(long$id, levels = names(d)[-1])
  y <- pdata.frame(long, index = c("id", "period"))$y
  for (trend in names(exos)) {
    for (how in c("AIC", "SIC")) for (test in c("madwu", if (trend != "n") "ips")) {
      r <- if (test == "madwu") purtest(y, test = test, exo = exos[[trend]], lags = how, pmax = 3, dfcor = TRUE,
                                        p.approx = "MacKinnon1994")
           else purtest(y, test = test, exo = exos[[trend]], lags = how, pmax = 3, dfcor = TRUE)
      if (test == "madwu") {
        lags <- sapply(r$idres, function(z) z$lags); t <- sapply(r$idres, function(z) z$trho)
        for (i in seq_along(lags)) {
          put(series, "lags", trend, how, i, lags[i]); put(series, "t", trend, how, i, t[i])
        }
      }
      put(series, test, trend, how, "statistic", r$statistic$statistic)
    }
    if (trend == "n") for (lags in 0:2) for (q in c(1, 2, 5)) {
      r <- purtest(y, test = "levinlin", exo = "none", lags = lags, q = q)
      option <- paste(lags, q)
      put(series, "llc", trend, option, "statistic", r$statistic$statistic)
      put(series, "llc", trend, option, "p_value", r$statistic$p.value)
    }
    if (trend != "n") for (own in c(TRUE, FALSE)) {
      r <- purtest(y, test = "hadri", exo = exos[[trend]], Hcons = own, dfcor = FALSE)
      put(series, "hadri", trend, own, "statistic", r$statistic$statistic)
      put(series, "hadri", trend, own, "p_value", r$statistic$p.value)
    }
  }
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE)
cat("plm", as.character(packageVersion("plm")), nrow(do.call(rbind, out)), "rows\n")
