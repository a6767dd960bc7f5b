# A study in Python: are drones still a growing field, and who can win where?
#
# The data are the 9,071 drone publications of Lens.org that come with chizai.
#
# Run it as a script (python examples/landscape.py) or cell by cell in an editor that knows "# %%"; landscape.ipynb is
# the same as a notebook. It makes the folder "study" where it is run.

# %% The workspace and the data
from pathlib import Path

import chizai
from chizai.data.collections import shipped
from chizai.errors import NotSupported
from chizai.report import write_landscape

study = chizai.create("study") if not Path("study/chizai.toml").is_file() else chizai.open("study")
drones = next(item for item in shipped() if item.name == "drones")
study.add(*drones.paths, collection="drones", licence=drones.licence, source=drones.source, notes=drones.notes)

# %% What do the data carry? Read this before any figure.
land = study.landscape(collection="drones", field="aerospace")
coverage = {row["item"]: row["share"] for row in land.coverage()}
for item in ("priorities", "publication_date", "cpc", "applicant_country", "abstract"):
    print(f"{item:20} {coverage[item]:6.1%}")
# No countries and no abstracts: this study is about players and classes.
assert coverage["applicant_country"] < 0.5

# %% Is the field growing? Counts as they stand, and with what is still to come.
activity = land.activity()
for row in activity:
    if row["year"] >= 2010:
        coming = (
            ""
            if row["nowcast"] is None
            else f" -> {row['nowcast']:,.0f} [{row['nowcast_low']:,.0f}, {row['nowcast_high']:,.0f}]"
        )
        print(row["year"], f"{row['units']:5}{coming}", row["status"])
facts = activity.facts
print(f"{facts['growth']:.0%} a year [{facts['growth_low']:.0%}, {facts['growth_high']:.0%}], complete years only")
# As it stands 2016 is below 2015; with the publication delay it is above.
seen = {row["year"]: row["units"] for row in activity}
expected = {row["year"]: row["nowcast"] for row in activity}
assert seen[2016] < seen[2015]
assert expected[2016] > expected[2015]

# %% Does the answer hang on the convention? Ask again under others.
for unit in ("publication", "simple_family", "ipf"):
    found = land.activity(unit=unit)
    rate = f"{found.facts['growth']:.0%}" if "growth" in found.facts else "not told"
    print(f"{unit:15} last complete year {found.facts.get('last_complete_year')}, growth {rate}")

# %% Who is there, and how concentrated is it?
for row in land.players(top=5):
    print(f"{row['rank']:2.0f} {row['player']:40} {row['share']:.1%} [{row['share_low']:.1%}, {row['share_high']:.1%}]")
whole = next(row for row in land.concentration() if row["period"] == "all")
print(f"as diverse as {whole['effective_players']:.0f} equal players")

# %% Where does each of the largest players stand out? Only what the interval tells from 1.
special = land.specialisation(by="player", technology="wipo35", top=5)
for row in special:
    if row["verdict"] == "above":
        print(
            f"{row['actor']:40} {row['title']:30} RTA {row['rta_estimate']:.1f} [{row['rta_low']:.1f}, {row['rta_high']:.1f}]"
        )
for caveat in special.caveats:
    print("!", caveat.text())

# %% What the data cannot say
try:
    land.specialisation(by="country")
except NotSupported as error:
    print(error)

# %% The report: page, workbook, tables
written = write_landscape(land, Path("study/out/aerospace"), lang="en")
for line in written.highlights("en"):
    print("-", line)
print(written.page)
