# The winning line in Python: where can Boeing win among drones, how sure is that, and would it have worked?
#
# The data are the 9,071 drone publications of Lens.org that come with chizai.
#
# Run it as a script (python examples/winning_line.py) or cell by cell in an editor that knows "# %%"; winning_line.ipynb is
# the same as a notebook. It makes the folder "study" where it is run.

# %% The workspace and the data
from pathlib import Path

import chizai
from chizai import strategy
from chizai.data.collections import shipped
from chizai.strategy.back_test import back_test
from chizai.strategy.pages import write_line
from chizai.strategy.project import Project, check_project, write_annex

study = chizai.create("study") if not Path("study/chizai.toml").is_file() else chizai.open("study")
drones = next(item for item in shipped() if item.name == "drones")
study.add(*drones.paths, collection="drones", licence=drones.licence, source=drones.source, notes=drones.notes)
land = study.landscape(collection="drones")

# %% Its technologies, without choosing weights
line = strategy.winning_line(land, player="BOEING CO", by="wipo35")
for row in line.ranking().head(5):
    place = f"{row['rank']:2.0f} {row['title']:32}"
    print(place, f"in the top 3 {row['top_share']:5.1%}   first {row['first_share']:5.1%}   {row['move']}")
for caveat in line.ranking().caveats:
    print("!", caveat.text())

# %% What speaks for and against each move
for row in line.moves():
    if row["move"] != "none":
        print(
            f"{row['title']}: {row['move']}\n  for: {row['evidence_for']}\n  against: {row['evidence_against'] or '-'}"
        )

# %% Does the order hang on what one holds important?
other = strategy.winning_line(land, player="BOEING CO", by="wipo35", prefer="momentum > position; contest <= 0.1")
print(line.ranked[:3], other.ranked[:3])

# %% Would the ranking of 2011 have picked technologies in which shares rose by 2016? Here: it is not shown to.
told = back_test(land, kind="player", players=30, by="wipo35", until=2016)
for row in told:
    if row["pairs"]:
        print(
            f"{row['picked_by']:8} {row['rose']:3} of {row['pairs']:3}   base rate {row['base_rate']:.0%}   {row['told']}"
        )
assert next(row for row in told if row["picked_by"] == "top_k")["told"] != "better"

# %% A page, and the annex of a project
print(write_line(line, Path("study/out/boeing"), lang="en", name="report"))
project = Project(
    "Obstacle avoidance for delivery drones", "Cameras and radar by which small aircraft avoid power lines."
)
check = check_project(land, project, player="BOEING CO")
print(write_annex(check, Path("study/out/project.html"), lang="en"))
