# A release in base R: read the panel, see what is there, redo one slope of Table 4.
# Rscript docs/read_release.R data/releases/<release_id>

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 1) stop("say which release: Rscript docs/read_release.R data/releases/<release_id>")
folder <- arguments[1]

# codes are text: read as numbers they would lose what a join needs
panel <- read.csv(file.path(folder, "panel.csv"), colClasses = c(province_code = "character"))
cat("release", basename(folder), ":", nrow(panel), "rows,", length(unique(panel$province_code)),
    "provinces,", min(panel$year), "to", max(panel$year), "\n")

measures <- setdiff(names(panel), c("province_code", "year"))
coverage <- sapply(panel[measures], function(x) sum(!is.na(x)))
print(data.frame(cells = coverage))

# column (1) of the block `alone`: 29 provinces, 2005 to 2021 without Fujian in 2008
rows <- !(panel$province_code %in% c("540000", "650000")) & panel$year %in% 2005:2021 &
  !(panel$province_code == "350000" & panel$year == 2008) & !is.na(panel$gdp_cny_100m)
fit <- lm(log(exports_origin_cny_100m) ~ log(fdi_cny_100m) + province_code + factor(year), data = panel[rows, ])
cat("n_obs", nobs(fit), "\n")
cat("slope", format(coef(fit)[["log(fdi_cny_100m)"]], digits = 12), "\n")
