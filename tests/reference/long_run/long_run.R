# Draws four panels and computes panel FMOLS and DOLS from the papers' formulas with lm() and loops,
# sharing nothing with the package. Run from this folder: Rscript long_run.R
# Writes panels.csv and expected.csv (R 4.5, no packages).
set.seed(20250313)

long_run <- function(e, bw) {
  e <- as.matrix(e); n <- nrow(e)
  w <- pmax(0, 1 - (0:(n - 1)) / (bw + 1))
  gamma0 <- crossprod(e) / n
  lambda <- gamma0
  for (j in seq_len(n - 1)) if (w[j + 1] != 0) {
    g <- matrix(0, ncol(e), ncol(e))
    for (t in (j + 1):n) g <- g + outer(e[t, ], e[t - j, ])
    lambda <- lambda + w[j + 1] * g / n
  }
  list(omega = lambda + t(lambda) - gamma0, lambda = lambda)
}

net <- function(v, rows, trend) {
  tt <- seq_along(rows)
  if (trend == "c") resid(lm(v ~ 1)) else resid(lm(v ~ tt))
}
net_all <- function(m, trend) apply(as.matrix(m), 2, net, rows = seq_len(nrow(as.matrix(m))), trend = trend)

fmols <- function(y, x, method, trend, bw) {
  N <- ncol(y); T <- nrow(y); k <- dim(x)[3]
  yd <- lapply(1:N, function(i) net_all(y[, i], trend))
  xd <- lapply(1:N, function(i) net_all(matrix(x[, i, ], T, k), trend))
  if (method == "group_mean") {
    b0 <- lapply(1:N, function(i) coef(lm(yd[[i]] ~ 0 + xd[[i]])))
  } else {
    pooled <- coef(lm(do.call(rbind, yd) ~ 0 + do.call(rbind, xd)))
    b0 <- rep(list(pooled), N)
  }
  lr <- lapply(1:N, function(i) {
    u <- yd[[i]] - xd[[i]] %*% b0[[i]]
    long_run(cbind(u[-1], diff(xd[[i]])), bw)
  })
  if (method == "pooled") {
    o <- Reduce(`+`, lapply(lr, `[[`, "omega")) / N
    l <- Reduce(`+`, lapply(lr, `[[`, "lambda")) / N
    lr <- rep(list(list(omega = o, lambda = l)), N)
  }
  s <- 2:(k + 1)
  A <- list(); B <- list(); w <- numeric(N)
  for (i in 1:N) {
    o <- lr[[i]]$omega; l <- lr[[i]]$lambda
    p <- solve(o[s, s, drop = FALSE], o[s, 1])
    w[i] <- o[1, 1] - sum(o[1, s] * p)
    lplus <- l[1, s] - as.vector(t(p) %*% l[s, s, drop = FALSE])
    xx <- net_all(matrix(x[-1, i, ], T - 1, k), trend)
    yplus <- y[-1, i] - as.vector(diff(xd[[i]]) %*% p)
    A[[i]] <- crossprod(xx)
    B[[i]] <- crossprod(xx, yplus) - (T - 1) * lplus
  }
  combine(A, B, w, method)
}

combine <- function(A, B, w, method) {
  N <- length(A)
  if (method == "group_mean") {
    b <- sapply(1:N, function(i) solve(A[[i]], B[[i]]))
    v <- sapply(1:N, function(i) diag(w[i] * solve(A[[i]])))
    b <- matrix(b, ncol = N); v <- matrix(v, ncol = N)
    return(list(b = rowMeans(b), se = sqrt(rowSums(v)) / N, t = rowSums(b / sqrt(v)) / sqrt(N)))
  }
  V0 <- solve(Reduce(`+`, A))
  b <- V0 %*% Reduce(`+`, B)
  V <- mean(w) * V0
  se <- sqrt(diag(V))
  list(b = as.vector(b), se = se, t = as.vector(b) / se)
}

dols <- function(y, x, method, trend, bw, leads, lags, common) {
  N <- ncol(y); T <- nrow(y); k <- dim(x)[3]
  rows <- (lags + 2):(T - leads)
  block <- lapply(1:N, function(i) {
    xi <- matrix(x[, i, ], T, k)
    dx <- rbind(NA, diff(xi))
    W <- do.call(cbind, lapply(-lags:leads, function(j) dx[rows + j, , drop = FALSE]))
    list(y = net_all(y[rows, i], trend), x = net_all(xi[rows, , drop = FALSE], trend),
         w = net_all(W, trend))
  })
  partial <- function() {
    if (!common) return(lapply(block, function(p)
      list(y = as.matrix(resid(lm(p$y ~ 0 + p$w))), x = as.matrix(resid(lm(p$x ~ 0 + p$w))))))
    W <- do.call(rbind, lapply(block, `[[`, "w"))
    Y <- do.call(rbind, lapply(block, `[[`, "y"))
    X <- do.call(rbind, lapply(block, `[[`, "x"))
    cy <- qr.coef(qr(W), Y); cx <- qr.coef(qr(W), X)
    lapply(block, function(p) list(y = p$y - p$w %*% cy, x = p$x - p$w %*% cx))
  }
  omegas <- function(P, b) sapply(1:N, function(i) {
    bi <- if (is.list(b)) b[[i]] else b
    long_run(P[[i]]$y - P[[i]]$x %*% bi, bw)$omega
  })
  P <- partial()
  A <- lapply(P, function(p) crossprod(p$x)); B <- lapply(P, function(p) crossprod(p$x, p$y))
  b <- if (method == "group_mean") Map(solve, A, B) else solve(Reduce(`+`, A), Reduce(`+`, B))
  combine(A, B, omegas(P, b), method)
}

shapes <- list(c(6, 30, 1), c(9, 22, 2), c(12, 13, 2), c(5, 45, 3))
panels <- list(); data <- NULL
for (s in seq_along(shapes)) {
  N <- shapes[[s]][1]; T <- shapes[[s]][2]; k <- shapes[[s]][3]
  x <- array(0, c(T, N, k)); y <- matrix(0, T, N)
  for (i in 1:N) {
    e <- matrix(rnorm(T * (k + 1)), T)
    for (j in 1:k) x[, i, j] <- cumsum(e[, j] + 0.1 * j)
    u <- as.vector(stats::filter(e[, k + 1] + 0.5 * e[, 1], 0.4, method = "recursive"))
    y[, i] <- i + rowSums(matrix(x[, i, ], T)) * (1 + i / 20) + u * (0.5 + i / N)
  }
  panels[[s]] <- list(y = y, x = x)
  for (i in 1:N) {
    d <- data.frame(panel = s, unit = i, period = 1:T, y = y[, i])
    for (j in 1:3) d[[paste0("x", j)]] <- if (j <= k) x[, i, j] else NA
    data <- rbind(data, d)
  }
}
write.csv(format(data, digits = 17, trim = TRUE), "panels.csv", row.names = FALSE, quote = FALSE)

out <- NULL
add <- function(panel, estimator, method, trend, bw, leads, lags, common, r)
  out <<- rbind(out, data.frame(panel, estimator, method, trend, bw, leads, lags, common,
                                name = paste0("x", seq_along(r$b)), b = r$b, se = r$se, t = r$t))
bw <- 2
for (s in seq_along(panels)) for (trend in c("c", "ct")) for (method in c("pooled", "group_mean")) {
  y <- panels[[s]]$y; x <- panels[[s]]$x
  add(s, "fmols", method, trend, bw, 0, 0, FALSE, fmols(y, x, method, trend, bw))
  for (ll in list(c(0, 0), c(1, 1), c(0, 2))) for (common in c(FALSE, TRUE)) {
    if (common && method == "group_mean") next
    T <- nrow(y); k <- dim(x)[3]; N <- ncol(y)
    own <- if (common) 0 else k * (sum(ll) + 1)
    shared <- if (method == "group_mean") k else if (common) k * (sum(ll) + 2) / N else k / N
    if (T - 1 - sum(ll) - nchar(trend) - own - shared < 5) next
    add(s, "dols", method, trend, bw, ll[1], ll[2], common,
        dols(y, x, method, trend, bw, ll[1], ll[2], common))
  }
}
write.csv(format(out, digits = 17, trim = TRUE), "expected.csv", row.names = FALSE, quote = FALSE)
