"""The whole model: a base in two dimensions, and what lifting makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import nn

from tomoe_worker.errors import TomoeError
from tomoe_worker.model.base import TextCodec
from tomoe_worker.model.bases.families import build_base
from tomoe_worker.model.blocks import BlockRunner, require_compiler
from tomoe_worker.model.components import Members, component_of, components_of, is_of_base, named_members
from tomoe_worker.model.heads import FactHeads, PatchHead, WordHead
from tomoe_worker.model.io.base_files import BaseFiles
from tomoe_worker.model.lift.features import CACHE_BYTES, FeatureWalk, RecentFeatures
from tomoe_worker.model.lift.inventory import Inventory, check_kept, take_inventory
from tomoe_worker.model.lift.moe import MoeMlp, PromptGuide, guide_width
from tomoe_worker.model.lift.report import NOTHING_KEPT, LiftReport, Origin, report_lift
from tomoe_worker.model.lift.sites import block_of
from tomoe_worker.model.lift.walk import TowerWalk
from tomoe_worker.model.plan import check_plan
from tomoe_worker.model.precision import computing, require_precision
from tomoe_worker.model.validate import SHARED_GROUP, check_spec
from tomoe_worker.spec import ModelSpec, RoutingPlan


class TomoeModel(nn.Module):
    """A base over CT, 2D until ``lift`` is called.

    The 2D model stands under ``base`` with the keys of its family. Auxiliary heads stand under
    ``patch_head``, ``fact_heads`` and ``word_head``, the prompt guide of the gates under ``prompt_guide``.
    """

    def __init__(self, spec: ModelSpec, codec: TextCodec, seed: int, device: str | torch.device) -> None:
        """Build an untrained model.

        Args:
            spec: every size; nothing is guessed.
            codec: the base's own, or one fitted for it.
            seed: of the initial weights; the global random state is left as it was.
            device: "cpu", "cuda:0", or "meta" to count parameters without memory.

        Raises:
            TomoeError: ``CONFIG_INVALID`` if the spec cannot be built or the codec does not fit.
        """
        super().__init__()
        check_spec(spec)
        require_precision(spec.precision, torch.device(device))
        require_compiler(spec, torch.device(device))
        self.spec = spec
        self.lifted = False
        self.weights_version = 0
        with torch.random.fork_rng(devices=[]), torch.device(device):
            torch.manual_seed(seed)
            self.base = build_base(spec, codec)
            width = self.base.tower.width
            self.patch_head = PatchHead(width, spec.patch_classes) if spec.patch_classes else None
            self.fact_heads = FactHeads(width, spec.facts) if spec.facts else None
            self.word_head = WordHead(codec, spec.words) if spec.words else None
            self.prompt_guide: PromptGuide | None = None
        self.tower = TowerWalk(self.base.tower, spec.lift, BlockRunner(spec))
        self.inference_cache = RecentFeatures(CACHE_BYTES)
        self.per_task = False
        # Tensors of the base's files that no part of this model holds, with the reason: an importer's to say.
        self.ignored_tensors: dict[str, str] = {}
        # Tensors of the 2D model that came from no file, by state-dict key: new ones, and those drawn anew.
        self.drawn_tensors: frozenset[str] = frozenset()
        self.kept = NOTHING_KEPT
        # Published files that hold what no stage has trained: a checkpoint leaves it there.
        self.base_files: BaseFiles | None = None
        self.walk = FeatureWalk(spec, self.tower, None, lifted=False)

    def computing(self) -> AbstractContextManager[object]:
        """What a forward pass of this model runs in, by its precision."""
        return computing(self.spec.precision, self.device)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the expert groups: ("shared",), or one per task after ``clone_groups``."""
        return self.spec.moe.tasks if self.per_task else (SHARED_GROUP,)

    @property
    def sites(self) -> tuple[str, ...]:
        """Where experts stand now: nowhere before lifting."""
        return self.spec.moe.sites if self.lifted else ()

    def lift(self, seed: int) -> LiftReport:
        """Turn the 2D model into the 3D one in place: joint attention in the upper blocks, experts copied
        from the MLPs of the MoE blocks, the language embeddings of this moment for the gates.

        Args:
            seed: of the gates' initial weights.

        Raises:
            TomoeError: ``WORKER_STATE`` if the model is lifted already, ``INTERNAL`` as ``check_kept``.

        Source: https://arxiv.org/abs/2604.10233, as README.md here reads it.
        """
        if self.lifted:
            raise TomoeError("WORKER_STATE", "the model is lifted already", hint="Lift a model once.")
        before, moved = take_inventory(self.state_dict()), {}
        moe = self.spec.moe
        with torch.random.fork_rng(devices=[]), torch.device(self.device):
            torch.manual_seed(seed)
            for site in moe.sites:
                of = self.tower.block(block_of(site))
                owner = self._name_of(of.mlp)
                moved[owner] = [
                    f"{owner}.groups.{SHARED_GROUP}.experts.{expert}" for expert in range(moe.token_experts)
                ]
                of.mlp = MoeMlp(of.mlp, self.base.tower.width, moe, SHARED_GROUP)
            if moe.sites and guide_width(moe):
                self.prompt_guide = PromptGuide(self.base.decoder, moe.text_width)
        self.lifted = True
        self.weights_version += 1
        self.walk = FeatureWalk(self.spec, self.tower, self.prompt_guide, lifted=True)
        after = take_inventory(self.state_dict())
        check_kept(before, after, moved, "the lift")
        base = {name: digest for name, digest in before.digests.items() if is_of_base(name)}
        of_base = Inventory(digests=base, tied=before.tied)
        published = str if self.base_files is None else self.base_files.origin
        origin = Origin(ignored=self.ignored_tensors, drawn=self.drawn_tensors, published=published)
        report, self.kept = report_lift(of_base, after, moved, self._component_of, origin)
        return report

    def clone_groups(self, tasks: Sequence[str]) -> None:
        """Replace the shared expert group by one exact copy per task; outputs are unchanged until they train
        apart.

        Raises:
            TomoeError: ``WORKER_STATE`` if the model is not lifted or has per-task groups already,
                ``ROUTER_UNKNOWN_TASK`` if the tasks are not those of the spec,
                ``INTERNAL`` as ``check_kept``.
        """
        if not self.lifted or self.per_task:
            state = "has per-task groups already" if self.per_task else "is not lifted"
            raise TomoeError(
                "WORKER_STATE",
                f"groups cannot be cloned: the model {state}",
                hint="Lift, then clone the groups once.",
            )
        if tuple(tasks) != self.spec.moe.tasks:
            raise TomoeError(
                "ROUTER_UNKNOWN_TASK",
                f"groups for {list(tasks)} were asked, the model was made for {list(self.spec.moe.tasks)}",
                hint="Use the tasks of the model in their order.",
            )
        before, moved = take_inventory(self.state_dict()), {}
        for site in self.sites:
            experts = self.tower.block(block_of(site)).mlp
            assert isinstance(experts, MoeMlp)
            owner = f"{self._name_of(experts)}.groups"
            moved[f"{owner}.{SHARED_GROUP}"] = [f"{owner}.{task}" for task in tasks]
            experts.clone_group(SHARED_GROUP, tasks)
        self.per_task = True
        check_kept(before, take_inventory(self.state_dict()), moved, "cloning the groups")
        self.kept = self.kept.moved(moved)
        self.weights_version += 1

    def components(self) -> dict[str, list[tuple[str, nn.Parameter]]]:
        """Trainable components and their parameters by state-dict name; those behind the feature tap are in
        none.
        """
        return components_of(self.named_parameters(), self.base, self.tower.first_upper, self.per_task)

    def trainable(self) -> dict[str, Members]:
        """What a stage may train, by every name that it has: components, and parts as "vision.blocks.16"."""
        return named_members(self.components(), self.base)

    def check_plan(self, plan: RoutingPlan) -> None:
        """Refuse a plan made for another shape of model.

        Raises:
            TomoeError: ``ROUTER_SHAPE`` naming what differs.
        """
        check_plan(plan, self.groups, self.sites, self.spec.moe.token_experts)

    def group_of(self, task: str) -> int:
        """Index of the expert group that serves a task: 0 while all tasks share one.

        Raises:
            TomoeError: ``ROUTER_UNKNOWN_TASK`` if the model knows no such task.
        """
        if task not in self.spec.moe.tasks:
            raise TomoeError(
                "ROUTER_UNKNOWN_TASK",
                f"task {task!r} is not one of {list(self.spec.moe.tasks)}",
                hint="Route the item to a task of the model.",
            )
        return self.spec.moe.tasks.index(task) if self.per_task else 0

    def _name_of(self, module: nn.Module) -> str:
        return next(str(name) for name, one in self.named_modules() if one is module)

    def _component_of(self, name: str) -> str | None:
        return component_of(name, self.base, self.tower.first_upper, self.per_task)
