# CCE: pooled by plm's pcce and by lm() with unit-specific averages as dummies, the mean of units by pmg.
# Run in this folder: Rscript driver.R   (R 4.5, plm 2.6). Writes output.csv.
library(plm)
panel <- read.csv("panel.csv", colClasses = c(province_code = "character"))
rows <- list()
for (terms in list("x1", c("x1", "x2"))) {
  formula <- reformulate(terms, "y")
  fit <- pcce(formula, panel, index = c("province_code", "year"), model = "p")
  groups <- pmg(formula, panel, index = c("province_code", "year"), model = "cmg")
  # by hand: every province has its own constant and its own loadings on the averages
  averages <- aggregate(panel[c("y", terms)], panel["year"], mean)
  names(averages)[-1] <- paste0("mean_", names(averages)[-1])
  wide <- merge(panel, averages, by = "year")
  wide <- wide[order(wide$province_code, wide$year), ]
  wide$unit <- factor(wide$province_code)
  loadings <- paste0("unit:", names(averages)[-1], collapse = " + ")
  byhand <- lm(as.formula(paste("y ~ 0 + unit +", loadings, "+", paste(terms, collapse = "+"))), wide)
  x <- sapply(terms, function(term) {
    resid(lm(as.formula(paste(term, "~ 0 + unit +", loadings)), wide))
  })
  scores <- rowsum(x * resid(byhand), wide$province_code)
  bread <- solve(crossprod(x))
  clustered <- bread %*% crossprod(scores) %*% bread
  rows[[length(rows) + 1]] <- data.frame(
    k = length(terms), term = terms, pcce = coef(fit)[terms],
    pcce_std_error = sqrt(diag(vcov(fit)))[seq_along(terms)], byhand = coef(byhand)[terms],
    clustered_std_error = sqrt(diag(clustered)), mean_group = coef(groups)[terms],
    mean_group_std_error = sqrt(diag(vcov(groups)))[terms]
  )
}
options(digits = 16)
write.csv(do.call(rbind, rows), "output.csv", row.names = FALSE)
