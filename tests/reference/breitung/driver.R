# Breitung (2000) and Breitung and Das (2005) from their formulas, unit by unit and year by year with lm():
# Rscript driver.R, in this folder. Reads inputs and ../unit_roots/inputs, writes expected.csv.
lags_of <- function(x, p) if (p == 0) NULL else sapply(seq_len(p), function(j) c(rep(NA, j), head(x, -j)))
one <- function(y, p, trend) {
  T <- length(y); dy <- c(NA, diff(y)); before <- c(NA, head(y, -1)); use <- (p + 2):T
  L <- lags_of(dy, p)
  if (trend != "ct") {
    if (trend == "c") before <- before - y[p + 1]
    d <- dy[use]; x <- before[use]
    if (p > 0) { d <- resid(lm(d ~ 0 + L[use, , drop = FALSE])); x <- resid(lm(x ~ 0 + L[use, , drop = FALSE])) }
    return(list(d = unname(d), x = unname(x), s2 = sum(d^2) / (length(use) - 1)))
  }
  a <- if (p > 0) coef(lm(dy[use] ~ L[use, , drop = FALSE]))[-1] else numeric(0)
  u <- dy; w <- y
  for (j in seq_len(p)) { u <- u - a[j] * L[, j]; w <- w - a[j] * c(rep(NA, j), head(y, -j)) }
  u <- u[use]; level <- c(NA, head(w, -1))[use]; n <- length(use)
  d <- x <- numeric(n - 1)
  for (s in seq_len(n - 1)) {
    d[s] <- sqrt((n - s) / (n - s + 1)) * (u[s] - mean(u[(s + 1):n]))
    x[s] <- level[s] - level[1] - (s - 1) * mean(u)
  }
  list(d = d, x = x, s2 = var(u))
}
out <- list()
files <- c(real_exchange_rates = "inputs", grunfeld_inv = "../unit_roots/inputs", produc_gsp = "../unit_roots/inputs",
           sim_walk_t30 = "../unit_roots/inputs", sim_stationary_t60 = "../unit_roots/inputs")
for (series in names(files)) {
  Y <- as.matrix(read.csv(file.path(files[[series]], paste0(series, ".csv")), check.names = FALSE)[-1])
  for (trend in c("n", "c", "ct")) for (p in c(0, 1, 3)) {
    each <- lapply(seq_len(ncol(Y)), function(i) one(Y[, i], p, trend))
    top <- sum(sapply(each, function(e) sum(e$x * e$d) / e$s2)); below <- sum(sapply(each, function(e) sum(e$x^2) / e$s2))
    lambda <- top / sqrt(below); robust <- NA
    n <- nrow(Y) - 1 - p
    if (n >= ncol(Y)) {
      D <- sapply(each, `[[`, "d"); X <- sapply(each, `[[`, "x"); E <- D - top / below * X
      omega <- crossprod(E) / (n - 1); num <- den <- 0
      for (t in seq_len(nrow(D))) { num <- num + sum(X[t, ] * D[t, ]); den <- den + drop(t(X[t, ]) %*% omega %*% X[t, ]) }
      robust <- num / sqrt(den)
    }
    out[[length(out) + 1]] <- data.frame(series, trend, lags = p, lambda, robust)
  }
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE, quote = FALSE)
