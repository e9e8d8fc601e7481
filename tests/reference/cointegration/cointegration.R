# Kao, Pedroni, Westerlund, Hansen's Lc and CD on four panels, straight from the papers' formulas with
# lm() and loops, sharing nothing with the package; CD also by plm::pcdtest. Run from this folder:
# Rscript cointegration.R   (R 4.5, plm 2.6)
# Writes panels.csv and expected.csv.
suppressMessages(library(plm))
set.seed(20250614)

bartlett_sum <- function(v, bw) {
  n <- length(v); s <- 0
  for (j in seq_len(bw)) s <- s + (1 - j / (bw + 1)) * sum(v[(j + 1):n] * v[1:(n - j)]) / n
  s
}
lrvar <- function(v, bw) sum(v^2) / length(v) + 2 * bartlett_sum(v, bw)
long_run <- function(e, bw) {
  n <- nrow(e); g0 <- crossprod(e) / n; l <- g0
  for (j in seq_len(bw)) {
    g <- matrix(0, ncol(e), ncol(e))
    for (t in (j + 1):n) g <- g + outer(e[t, ], e[t - j, ])
    l <- l + (1 - j / (bw + 1)) * g / n
  }
  list(omega = l + t(l) - g0, lambda = l, sigma = g0)
}
center <- function(m) sweep(as.matrix(m), 2, colMeans(as.matrix(m)))

kao <- function(y, x, lags, bw) {
  N <- ncol(y); T <- nrow(y); k <- dim(x)[3]
  d <- data.frame(y = as.vector(y), id = factor(rep(1:N, each = T)))
  X <- matrix(x, T * N, k)
  e <- matrix(resid(lm(y ~ 0 + id + X, d)), T, N)
  ar <- function(p) {
    dep <- lev <- NULL; past <- NULL
    for (i in 1:N) {
      rows <- (p + 2):T
      dep <- c(dep, e[rows, i]); lev <- c(lev, e[rows - 1, i])
      if (p > 0) past <- rbind(past, sapply(1:p, function(j) e[rows - j, i] - e[rows - j - 1, i]))
    }
    f <- if (p > 0) lm(dep ~ 0 + lev + past) else lm(dep ~ 0 + lev)
    Q <- if (p > 0) resid(lm(lev ~ 0 + past)) else lev
    list(rho = coef(f)[[1]], t = (coef(f)[[1]] - 1) * sqrt(sum(Q^2)) / sqrt(mean(resid(f)^2)))
  }
  S <- O <- matrix(0, k + 1, k + 1)
  for (i in 1:N) {
    w <- center(cbind(diff(y[, i]), apply(matrix(x[, i, ], T), 2, diff)))
    m <- long_run(w, bw); S <- S + m$sigma / N; O <- O + m$omega / N
  }
  part <- function(M) M[1, 1] - M[1, -1] %*% solve(M[-1, -1]) %*% M[-1, 1]
  sv <- as.numeric(part(S)); s0 <- as.numeric(part(O))
  a0 <- ar(0); ap <- ar(lags); n <- T - 1
  adj <- function(t) (t + sqrt(6 * N) * sqrt(sv) / (2 * sqrt(s0))) / sqrt(s0 / (2 * sv) + 3 * sv / (10 * s0))
  c(DF_rho = (sqrt(N) * n * (a0$rho - 1) + 3 * sqrt(N)) / sqrt(10.2),
    DF_t = sqrt(1.25) * a0$t + sqrt(1.875 * N),
    DF_rho_star = (sqrt(N) * n * (a0$rho - 1) + 3 * sqrt(N) * sv / s0) / sqrt(3 + 36 * sv^2 / (5 * s0^2)),
    DF_t_star = adj(a0$t), ADF_t = adj(ap$t))
}

pedroni <- function(y, x, trend, lags, bw) {
  N <- ncol(y); T <- nrow(y); k <- dim(x)[3]; tt <- 1:T
  L <- A <- B <- s2 <- sg <- As <- Bs <- ss <- numeric(N)
  for (i in 1:N) {
    xi <- matrix(x[, i, ], T)
    e <- resid(if (trend == "c") lm(y[, i] ~ xi) else lm(y[, i] ~ xi + tt))
    eta <- resid(lm(diff(y[, i]) ~ 0 + apply(xi, 2, diff)))
    L[i] <- lrvar(eta, bw)
    lev <- e[-T]; ch <- diff(e)
    mu <- resid(lm(e[-1] ~ 0 + lev))
    lam <- bartlett_sum(mu, bw)
    s2[i] <- mean(mu^2); sg[i] <- s2[i] + 2 * lam
    A[i] <- sum(lev^2); B[i] <- sum(lev * ch - lam)
    rows <- (lags + 1):(T - 1)
    if (lags > 0) {
      past <- sapply(1:lags, function(j) ch[rows - j])
      l <- resid(lm(lev[rows] ~ 0 + past)); d <- resid(lm(ch[rows] ~ 0 + past))
    } else { l <- lev; d <- ch }
    As[i] <- sum(l^2); Bs[i] <- sum(l * d); ss[i] <- mean(resid(lm(d ~ 0 + l))^2)
  }
  c(panel_v = T^2 * N^1.5 / sum(A / L), panel_rho = T * sqrt(N) * sum(B / L) / sum(A / L),
    panel_pp = sum(B / L) / sqrt(mean(sg / L) * sum(A / L)),
    panel_adf = sum(Bs / L) / sqrt(mean(ss / L) * sum(As / L)),
    group_rho = T / sqrt(N) * sum(B / A), group_pp = sum(B / sqrt(sg * A)) / sqrt(N),
    group_adf = sum(Bs / sqrt(ss * As)) / sqrt(N))
}

westerlund <- function(y, x, trend, p, q, bw) {
  N <- ncol(y); T <- nrow(y); k <- dim(x)[3]
  rows <- (p + 2):(T - q); n <- length(rows); tt <- seq_along(rows)
  gt <- ga <- one <- s2 <- sq <- cr <- numeric(N)
  for (i in 1:N) {
    xi <- matrix(x[, i, ], T); dy <- c(NA, diff(y[, i])); dx <- rbind(NA, apply(xi, 2, diff))
    D <- do.call(cbind, lapply(-q:p, function(j) dx[rows - j, , drop = FALSE]))
    Y <- dy[rows]; y1 <- y[rows - 1, i]; x1 <- xi[rows - 1, , drop = FALSE]
    past <- if (p > 0) sapply(1:p, function(j) dy[rows - j]) else NULL
    Z <- cbind(1, x1, D, past); if (trend == "ct") Z <- cbind(Z, tt)
    f <- lm(Y ~ 0 + y1 + Z)
    g <- coef(f)[1 + 1 + k + seq_len(ncol(D))]
    u <- as.vector(D %*% g) + resid(f)
    w <- if (trend == "ct") Y - mean(Y) else Y
    one[i] <- sqrt(lrvar(u, bw) / lrvar(w, bw))
    s2[i] <- mean(resid(f)^2)
    l <- resid(lm(y1 ~ 0 + Z)); d <- resid(lm(Y ~ 0 + Z))
    sq[i] <- sum(l^2); cr[i] <- sum(l * d)
    se <- summary(f)$coefficients[1, 2] * sqrt(f$df.residual / n)
    gt[i] <- coef(f)[[1]] / se; ga[i] <- n * coef(f)[[1]] / one[i]
  }
  a <- sum(cr / one) / sum(sq)
  c(g_tau = mean(gt), g_alpha = mean(ga), p_tau = a / sqrt(mean(s2 / one^2) / sum(sq)), p_alpha = n * a)
}

hansen <- function(y, x, trend, bw) {
  N <- ncol(y); T <- nrow(y); k <- dim(x)[3]; tt <- 1:T
  sapply(1:N, function(i) {
    xi <- matrix(x[, i, ], T)
    d <- if (trend == "c") matrix(1, T, 1) else cbind(1, tt)
    u <- resid(lm(y[, i] ~ 0 + xi + d))
    v <- apply(apply(xi, 2, function(c) resid(lm(c ~ 0 + d))), 2, diff)
    m <- long_run(cbind(u[-1], v), bw); o <- m$omega; l <- m$lambda; s <- 2:(k + 1)
    p <- solve(o[s, s], o[s, 1]); w <- o[1, 1] - sum(o[1, s] * p)
    lp <- l[1, s] - as.vector(t(p) %*% l[s, s])
    z <- cbind(xi, d)[-1, ]; yp <- y[-1, i] - as.vector(v %*% p); n <- T - 1
    theta <- solve(crossprod(z), crossprod(z, yp) - n * c(lp, rep(0, ncol(d))))
    up <- yp - as.vector(z %*% theta)
    s_t <- z * up; for (j in 1:k) s_t[, j] <- s_t[, j] - lp[j]
    S <- apply(s_t, 2, cumsum); M <- solve(crossprod(z))
    sum(sapply(1:n, function(t) t(S[t, ]) %*% M %*% S[t, ])) / n / w
  })
}

juodis_reese <- function(e) {
  T <- nrow(e); N <- ncol(e); r <- cor(e)
  cd <- sqrt(2 * T / (N * (N - 1))) * sum(r[lower.tri(r)])
  s <- apply(e, 2, function(v) sqrt(mean((v - mean(v))^2))); m <- mean(1 / s)
  omega <- mean((1 - m * s)^2)
  (cd + sqrt(T / 2) * (1 - omega)) / omega
}

shapes <- list(c(6, 30, 1), c(9, 22, 2), c(12, 13, 2), c(5, 45, 3))
data <- out <- NULL
add <- function(panel, test, trend, lags, leads, bw, v)
  out <<- rbind(out, data.frame(panel, test, trend, lags, leads, bw, name = names(v), value = as.vector(v)))
for (s in seq_along(shapes)) {
  N <- shapes[[s]][1]; T <- shapes[[s]][2]; k <- shapes[[s]][3]
  x <- array(0, c(T, N, k)); y <- matrix(0, T, N); common <- rnorm(T)
  for (i in 1:N) {
    e <- matrix(rnorm(T * (k + 1)), T)
    for (j in 1:k) x[, i, j] <- cumsum(e[, j] + 0.1 * j)
    u <- as.vector(stats::filter(e[, k + 1] + 0.5 * e[, 1] + common * (i %% 3) / 2, 0.7, method = "recursive"))
    y[, i] <- i + rowSums(matrix(x[, i, ], T)) * (1 + i / 20) + u * (0.5 + i / N)
    d <- data.frame(panel = s, unit = i, period = 1:T, y = y[, i])
    for (j in 1:3) d[[paste0("x", j)]] <- if (j <= k) x[, i, j] else NA
    data <- rbind(data, d)
  }
  for (bw in c(0, 2)) for (lags in 0:2) add(s, "kao", "c", lags, 0, bw, kao(y, x, lags, bw))
  for (trend in c("c", "ct")) for (bw in c(0, 2)) {
    for (lags in 0:2) add(s, "pedroni", trend, lags, 0, bw, pedroni(y, x, trend, lags, bw))
    for (pq in list(c(0, 0), c(1, 0), c(0, 1), c(2, 1))) {
      n <- T - sum(pq) - 1
      if (n - (1 + nchar(trend) + k + k * (sum(pq) + 1) + pq[1]) < 5) next
      add(s, "westerlund", trend, pq[1], pq[2], bw, westerlund(y, x, trend, pq[1], pq[2], bw))
    }
    h <- hansen(y, x, trend, bw); names(h) <- seq_len(N)
    add(s, "hansen_lc", trend, 0, 0, bw, h)
  }
  long <- data.frame(id = rep(1:N, each = T), t = rep(1:T, N), y = as.vector(y), x = as.vector(x[, , 1]))
  pd <- pdata.frame(long, index = c("id", "t"))
  one <- plm(y ~ x, pd, model = "within", effect = "individual")
  two <- plm(y ~ x, pd, model = "within", effect = "twoways")
  add(s, "cd_series", "c", 0, 0, 0, c(z = pcdtest(pd$y, test = "cd")$statistic[[1]]))
  add(s, "cd_one_way", "c", 0, 0, 0, c(z = pcdtest(one, test = "cd")$statistic[[1]]))
  add(s, "cd_two_way", "c", 0, 0, 0, c(z = pcdtest(two, test = "cd")$statistic[[1]]))
  add(s, "cd_bias", "c", 0, 0, 0, c(z = juodis_reese(matrix(resid(two), T, N))))
  ragged <- long[!(long$id == 1 & long$t <= 4) & !(long$id == 2 & long$t > T - 3), ]
  rd <- pdata.frame(ragged, index = c("id", "t"))
  add(s, "cd_ragged", "c", 0, 0, 0, c(z = pcdtest(rd$y, test = "cd")$statistic[[1]]))
}
write.csv(format(data, digits = 17, trim = TRUE), "panels.csv", row.names = FALSE, quote = FALSE)
write.csv(format(out, digits = 17, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
