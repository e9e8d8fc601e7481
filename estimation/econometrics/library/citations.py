"""References of the methods, and how the software is cited."""

from __future__ import annotations

import living_panel
from living_panel.estimation.econometrics.arguments import check_arguments

SOFTWARE_AUTHORS = "The living-panel authors"
SOFTWARE_TITLE = (
    "living-panel: a provincial panel of China whose tables are versioned, checkable objects"
)
SOFTWARE_YEAR = 2026
"""As in CITATION.cff, which an installed distribution does not hold."""
REFERENCES = {
    "clustered": "Liang, K.-Y. and Zeger, S. L. (1986), Biometrika 73, 13-22",
    "two_keys": "Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011), Journal of Business and Economic "
    "Statistics 29, 238-249",
    "HC": "MacKinnon, J. G. and White, H. (1985), Journal of Econometrics 29, 305-325",
    "cr2": "Bell, R. M. and McCaffrey, D. F. (2002), Survey Methodology 28, 169-181",
    "cr3": "MacKinnon, J. G., Nielsen, M. Ø. and Webb, M. D. (2023), Journal of Applied Econometrics 38, 671-694",
    "wild": "Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008), Review of Economics and Statistics 90, 414-427",
    "classical": "Wooldridge, J. M. (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed., MIT Press",
    "swamy_arora": "Swamy, P. A. V. B. and Arora, S. S. (1972), Econometrica 40, 261-275",
    "wallace_hussain": "Wallace, T. D. and Hussain, A. (1969), Econometrica 37, 55-72",
    "amemiya": "Amemiya, T. (1971), International Economic Review 12, 1-13",
    "hausman_taylor": "Hausman, J. A. and Taylor, W. E. (1981), Econometrica 49, 1377-1398",
    "mean_group": "Pesaran, M. H. and Smith, R. (1995), Journal of Econometrics 68, 79-113",
    "ppml": "Santos Silva, J. M. C. and Tenreyro, S. (2006), Review of Economics and Statistics 88, 641-658",
    "logit": "Chamberlain, G. (1980), Review of Economic Studies 47, 225-238",
    "cce": "Pesaran, M. H. (2006), Econometrica 74, 967-1012",
    "interactive": "Bai, J. (2009), Econometrica 77, 1229-1279",
    "half_panel": "Dhaene, G. and Jochmans, K. (2015), Review of Economic Studies 82, 991-1030",
    "fmols_group": "Pedroni, P. (2000), Advances in Econometrics 15, 93-130",
    "dols_group": "Pedroni, P. (2001), Review of Economics and Statistics 83, 727-731",
    "fmols_pooled": "Phillips, P. C. B. and Moon, H. R. (1999), Econometrica 67, 1057-1111",
    "dols_pooled": "Mark, N. C. and Sul, D. (2003), Oxford Bulletin of Economics and Statistics 65, 655-680",
    "newey_west": "Newey, W. K. and West, K. D. (1994), Review of Economic Studies 61, 631-653",
    "llc": "Levin, A., Lin, C.-F. and Chu, C.-S. J. (2002), Journal of Econometrics 108, 1-24",
    "ht": "Harris, R. D. F. and Tzavalis, E. (1999), Journal of Econometrics 91, 201-226",
    "ips": "Im, K. S., Pesaran, M. H. and Shin, Y. (2003), Journal of Econometrics 115, 53-74",
    "fisher": "Maddala, G. S. and Wu, S. (1999), Oxford Bulletin of Economics and Statistics 61, 631-652",
    "breitung": "Breitung, J. (2000), Advances in Econometrics 15, 161-177",
    "breitung_robust": "Breitung, J. and Das, S. (2005), Statistica Neerlandica 59, 414-433",
    "hadri": "Hadri, K. (2000), Econometrics Journal 3, 148-161",
    "cips": "Pesaran, M. H. (2007), Journal of Applied Econometrics 22, 265-312",
    "panic": "Bai, J. and Ng, S. (2004), Econometrica 72, 1127-1177",
    "kao": "Kao, C. (1999), Journal of Econometrics 90, 1-44",
    "pedroni": "Pedroni, P. (2004), Econometric Theory 20, 597-625",
    "westerlund": "Westerlund, J. (2007), Oxford Bulletin of Economics and Statistics 69, 709-748",
    "hansen_lc": "Hansen, B. E. (1992), Journal of Business and Economic Statistics 10, 321-335",
    "pesaran_cd": "Pesaran, M. H. (2004), Cambridge Working Papers in Economics 0435",
    "juodis_reese": "Juodis, A. and Reese, S. (2022), Journal of Business and Economic Statistics 40, 1191-1203",
    "group_time": "Callaway, B. and Sant'Anna, P. H. C. (2021), Journal of Econometrics 225, 200-230",
    "imputation": "Borusyak, K., Jaravel, X. and Spiess, J. (2024), Review of Economic Studies 91, 3253-3285",
    "bacon": "Goodman-Bacon, A. (2021), Journal of Econometrics 225, 254-277",
    "honest": "Rambachan, A. and Roth, J. (2023), Review of Economic Studies 90, 2555-2591",
    "local_projections": "Jordà, Ò. (2005), American Economic Review 95, 161-182",
    "arellano_bond": "Arellano, M. and Bond, S. (1991), Review of Economic Studies 58, 277-297",
    "blundell_bond": "Blundell, R. and Bond, S. (1998), Journal of Econometrics 87, 115-143",
    "windmeijer": "Windmeijer, F. (2005), Journal of Econometrics 126, 25-51",
    "conley": "Conley, T. G. (1999), Journal of Econometrics 92, 1-45",
    "bootstrap": "Cameron, A. C. and Miller, D. L. (2015), Journal of Human Resources 50, 317-372",
    "gmm": "Hansen, L. P. (1982), Econometrica 50, 1029-1054",
    "maximum_likelihood": "Breusch, T. S. (1987), Journal of Econometrics 36, 383-389",
    "probit": "Wooldridge, J. M. (2010), Econometric Analysis of Cross Section and Panel Data, 2nd ed., MIT Press",
    "negative_binomial": "Cameron, A. C. and Trivedi, P. K. (1986), Journal of Applied Econometrics 1, 29-53",
    "quantile": "Koenker, R. and Bassett, G. (1978), Econometrica 46, 33-50",
    "driscoll_kraay": "Driscoll, J. C. and Kraay, A. C. (1998), Review of Economics and Statistics 80, 549-560",
}


@check_arguments
def software() -> str:
    """How the software is cited."""
    version = living_panel.__version__
    return f"{SOFTWARE_AUTHORS} ({SOFTWARE_YEAR}), {SOFTWARE_TITLE}, version {version}"
