# Hausman-Taylor by plm (its vcovHC does not take this estimator): Rscript driver.R, in this folder. Writes expected.csv: model, vcov, term, estimate, std_error.
suppressMessages(library(plm))
d <- read.csv("panel.csv"); p <- pdata.frame(d, index = c("unit", "year"))
out <- list()
put <- function(model, f) {
  e <- ercomp(f)$sigma2
  term <- sub("\\(Intercept\\)", "constant", names(coef(f)))
  out[[length(out) + 1]] <<- rbind(
    data.frame(model, vcov = "classical", term, estimate = coef(f), std_error = sqrt(diag(vcov(f)))),
    data.frame(model, vcov = "", term = c("variance.residual", "variance.effects"),
               estimate = unname(e[c("idios", "id")]), std_error = NA))
}
put("over", plm(y ~ x1a + x1b + z1 + x2 + z2 | x1a + x1b + z1 | x2, p, model = "random",
                random.method = "ht", inst.method = "baltagi"))
put("exact", plm(y ~ x1a + z1 + x2 + z2 | x1a + z1 | x2, p, model = "random",
                 random.method = "ht", inst.method = "baltagi"))
res <- do.call(rbind, out)
res$estimate <- signif(res$estimate, 12); res$std_error <- signif(res$std_error, 12)
write.csv(res, "expected.csv", row.names = FALSE)
cat("plm", as.character(packageVersion("plm")), "\n")
