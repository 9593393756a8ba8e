"""The pages of posts: the calendar, the lists, one post, writing."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from torget.core import clock
from torget.core.access import StaffRequest, allow
from torget.core.errors import Refused
from torget.files import actions as files
from torget.files.rules import Showing
from torget.files.serving import respond
from torget.organisations.models import Organisation
from torget.organisations.permissions import can_change_settings
from torget.posts import actions, permissions, words
from torget.posts.actions import Chosen, Written
from torget.posts.actions.ready import accounts_to_post_by, chosen_accounts, in_accounts
from torget.posts.forms import PostForm, SendBackForm, WhenForm
from torget.posts.models import Post, PostPicture
from torget.posts.rules import fitting, planning, spans
from torget.posts.rules.planning import Stage
from torget.posts.views import reading

VIEWS = {"vecka": "week", "manad": "month", "lista": "list"}


def _frame(request: HttpRequest, **more: Any) -> dict[str, Any]:
    """What every page of the plan shows: the lists with their counts, and whether one may begin a post."""
    user: Any = request.user
    counts = reading.counts()
    here = more.get("list_name", "")
    lists = [
        {"name": name, "label": label, "count": counts.get(name, ""), "current": name == here}
        for name, label in words.LISTS.items()
    ]
    return {"lists": lists, "may_plan": permissions.can_plan(user), **more}


@require_safe
@allow(permissions.can_see_plan)
def calendar(request: StaffRequest) -> HttpResponse:
    """`/disk/inlagg/?vy=vecka|manad|lista&dag=2026-11-23`: the plan, a table with a list as its twin."""
    name = request.GET.get("vy", "")
    name = name if name in VIEWS else "vecka"
    today = clock.now().astimezone(clock.STOCKHOLM).date()
    day = spans.read_day(request.GET.get("dag", "")) or today
    view = "month" if name == "manad" else "week"
    if view == "month":
        weeks = spans.month_of(day)
        found = reading.days([one for week in weeks for one in week], day.month)
        table: list[Any] = [{"week": found[i].day, "days": found[i : i + 7]} for i in range(0, len(found), 7)]
    else:
        found = reading.days(spans.week_of(day))
        table = reading.week_table(found)

    def address(steps: int) -> str:
        return f"{reverse('posts:calendar')}?vy={name}&dag={spans.shifted(day, view, steps).isoformat()}"

    context = _frame(
        request,
        view=VIEWS[name],
        day=day,
        days=found,
        listed=[one for one in found if not one.outside and (one.rows or one.closed)],
        table=table,
        before=address(-1),
        after=address(1),
        is_now=any(one.is_today for one in found),
        tabs=[(label, f"{reverse('posts:calendar')}?vy={key}&dag={day.isoformat()}", key == name) for key, label in
              zip(VIEWS, words.VIEWS.values(), strict=True)],
        calendar_page=True,
        has_posts=any(one.rows for one in found),
    )  # fmt: skip
    return render(request, "posts/calendar.html", context)


@require_safe
@allow(permissions.can_see_plan)
def listing(request: StaffRequest) -> HttpResponse:
    """`/disk/inlagg/lista/?visa=draft|waiting|planned|out|trouble`: one list, in pages."""
    name = request.GET.get("visa", "")
    name = name if name in words.LISTS else "draft"
    gone = request.GET.get("borttaget", "")
    deleted = Post.objects.select_related("current").exclude(deleted_at=None)
    context = _frame(
        request,
        list_name=name,
        heading=words.LISTS[name],
        listed=reading.listed(name, request.GET.get("efter", "")),
        empty=words.EMPTY[name],
        deleted=deleted.filter(pk=int(gone)).first()
        if gone.isascii() and gone.isdecimal() and len(gone) < 18
        else None,
    )
    return render(request, "posts/list.html", context)


@require_safe
@allow(permissions.can_see_post, Post)
def show(request: StaffRequest, post: Post) -> HttpResponse:
    """`/disk/inlagg/<n>/`: the post as each channel will show it, what stops it, what becomes of it."""
    return page(request, post)


def page(request: HttpRequest, post: Post, *, status: int = 200, **changed: Any) -> HttpResponse:
    """The post's page; `changed` replaces parts."""
    user: Any = request.user
    post = reading.whole(post.pk)
    version = post.now
    ready = reading.readiness(post)
    accounts = [one.account for one in ready.accounts]
    open_ = post.stage in (Stage.DRAFT, Stage.WAITING) and not post.deleted_at
    pictures = [(picture, picture.alt) for picture in version.pictures_in_order()]
    rows = reading.deliveries(post)
    conversations, more = reading.comments(post, user)
    context = _frame(
        request,
        post=post,
        version=version,
        row=reading.row(post, {account.pk: account for account in accounts}),
        previews=reading.previews(ready.accounts, version.content(), version.link_title, pictures),
        faults=reading.fault_words(ready.faults),
        ready=not ready.code,
        open=open_,
        cautions=reading.cautions(post, accounts, post.planned_at, _all_text(post)) if open_ else [],
        deliveries=rows,
        undo_until=reading.undo_until(post),
        may_write=permissions.can_write_post(user, post),
        may_approve=permissions.can_approve_post(user, post),
        own=Organisation.current().needs_approval and user.pk in (post.author_id, version.author_id),
        may_edit=planning.why_not_edit(Stage(post.stage), [row["delivery"].sending for row in rows]) is None,
        still_here=[row for row in rows if row["delivery"].state in ("approved", "no_way_out")],
        comments=conversations,
        more_comments=more,
        history=reading.history(post),
        versions=reading.versions(post),
        when_form=WhenForm(initial=WhenForm.initial_of(post.planned_at)),
        back_form=SendBackForm(),
    )
    return render(request, "posts/post.html", context | changed, status=status)


def _all_text(post: Post) -> str:
    return "\n".join([post.now.text, *post.now.variants.values()])


# ---- writing --------------------------------------------------------------------------------------------------------


@allow(permissions.can_plan)
def new(request: StaffRequest) -> HttpResponse:
    """`/disk/inlagg/nytt/?dag=2026-11-24`: begin a post."""
    if request.method == "POST":
        return _save(request, None)
    accounts = accounts_to_post_by()
    initial: dict[str, Any] = {"seen": 0, "accounts": [str(account.pk) for account in accounts if account.is_live]}
    if day := spans.read_day(request.GET.get("dag", "")):
        initial |= {"when": "later", "day": day}
    return _write(request, None, PostForm(initial=initial, accounts=accounts))


@allow(permissions.can_write_post, Post)
def edit(request: StaffRequest, post: Post) -> HttpResponse:
    """`/disk/inlagg/<n>/andra/`: change it; where it cannot be changed one is sent back with the reason."""
    post = reading.whole(post.pk)
    if request.method == "POST":
        return _save(request, post)
    sendings = [row["delivery"].sending for row in reading.deliveries(post)]
    if code := "deleted" if post.deleted_at else planning.why_not_edit(Stage(post.stage), sendings):
        messages.error(request, str(words.REFUSED[code]))
        return redirect("posts:show", pk=post.pk)
    return _write(request, post, _form(request, post))


def _form(request: HttpRequest, post: Post | None) -> PostForm:
    """The form with its boxes for each account and picture; of a POST, what was written in it."""
    accounts = accounts_to_post_by()
    if post is not None:
        # An account that is disconnected since, or more than the page offers, stays chosen.
        known = {account.pk for account in accounts}
        accounts += [account for account in chosen_accounts(post.now.accounts) if account.pk not in known]
    pictures = post.now.pictures_in_order() if post else []
    if request.method == "POST":
        return PostForm(request.POST, request.FILES, accounts=accounts, pictures=pictures)
    assert post is not None  # nosec B101  # noqa: S101  a new one has its own
    return PostForm(initial=PostForm.initial_for(post), accounts=accounts, pictures=pictures)


def _write(
    request: HttpRequest, post: Post | None, form: PostForm, *, status: int = 200, refused: str = ""
) -> HttpResponse:
    """The page where one writes, with what each channel would make of it beside."""
    context = _frame(
        request,
        post=post,
        form=form,
        refused=refused,
        had_files=bool(request.FILES),
        may_connect=can_change_settings(request.user),  # type: ignore[arg-type]  # the door has let in staff alone
        chosen={str(value) for value in form["accounts"].value() or []},
        is_approved=post is not None and post.stage in (Stage.PLANNED, Stage.TROUBLE),
        preview_url=reverse("posts:preview", kwargs={"pk": post.pk}) if post else reverse("posts:preview_new"),
        **_drafted(form, post),
    )
    return render(request, "posts/write.html", context, status=status)


def _drafted(form: PostForm, post: Post | None) -> dict[str, Any]:
    """Previews of what stands in the form, saved or not."""
    if form.is_bound:
        data, pictures = form.given(), form.pictures()
        planned_at, variants = data.get("planned_at"), form.variants()
        keys = [int(key) for key in data.get("accounts", [])]
    else:
        data = {name: form.initial.get(name) or "" for name in ("text", "link", "link_title", "warning")}
        pictures = [(picture, picture.alt) for picture in form.kept_pictures]
        planned_at = post.planned_at if post else None
        variants = {int(key): text for key, text in post.now.variants.items()} if post else {}
        keys = [int(key) for key in form.initial.get("accounts", [])]
    content = fitting.Content(
        data.get("text", ""),
        data.get("link", ""),
        data.get("warning", ""),
        tuple(fitting.Image(picture.filename, alt, picture.blob.showing) for picture, alt in pictures),
        variants,
    )
    accounts = [account for account in form.to_choose if account.pk in keys]
    ready = in_accounts(content, accounts)
    text = "\n".join([content.text, *variants.values()])
    found = fitting.faults(content, [one.account.pk for one in ready]) if text.strip() else []
    return {
        "previews": reading.previews(ready, content, data.get("link_title", ""), pictures),
        "faults": reading.fault_words(found),
        "cautions": reading.cautions(post, accounts, planned_at, text) if text.strip() or planned_at else [],
    }


@require_POST
@allow(permissions.can_plan, extra=("pk",))
def preview(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """What each channel would make of what is being written: a part of the page, asked for by the script."""
    post = Post.objects.visible_to(request.user).filter(pk=pk).first() if pk else None
    if pk and post is None:
        raise Http404
    post = reading.whole(post.pk) if post else None
    return render(request, "posts/_beside.html", _drafted(_form(request, post), post))


def _save(request: StaffRequest, post: Post | None) -> HttpResponse:
    """Save a version, or show the form again with the reason and all that was written."""
    form = _form(request, post)
    if not form.is_valid():
        return _write(request, post, form, status=400)
    data = form.cleaned_data
    try:
        pictures = [Chosen(picture.blob, picture.filename, alt) for picture, alt in form.pictures()]
        pictures += [_keep(upload) for upload in data["upload"]]
        written = Written(
            text=data["text"],
            title=data["title"],
            link=data["link"],
            link_title=data["link_title"],
            warning=data["warning"],
            language=data["language"] or "sv",
            accounts=tuple(int(key) for key in data["accounts"]),
            variants=form.variants(),
            pictures=pictures,
            planned_at=data["planned_at"],
        )
        saved = (
            actions.edit(post, written, seen=data["seen"] or 0, by=request.user)
            if post
            else actions.write(written, by=request.user)
        )
    except Refused as refused:
        if refused.code in ("file_too_large", "not_a_picture", "too_many_pictures", "disk_full"):
            form.add_error("upload", str(words.REFUSED[refused.code]))
            return _write(request, post, form, status=400)
        return _refused(request, post, form, refused)
    if any(not fitting.says_something(one.alt) for one in pictures):
        messages.warning(request, _("Sparat. Skriv nu vad bilderna visar, för den som inte ser dem."))
        return redirect(reverse("posts:edit", kwargs={"pk": saved.pk}) + "#bilder")
    messages.success(request, _("Sparat."))
    return redirect("posts:show", pk=saved.pk)


def _refused(request: StaffRequest, post: Post | None, form: PostForm, refused: Refused) -> HttpResponse:
    """Say why; of a version that somebody else has written meanwhile, by whom, and let the next save go on from there."""
    said = str(words.REFUSED[refused.code])
    if refused.code == "changed_since" and post is not None:
        said = _("%(name)s har ändrat inlägget sedan du började. Din text är kvar här. Läs det nya i en egen flik. "
                 "Sparar du igen gäller din text.") % {"name": refused.detail}  # fmt: skip
        data = request.POST.copy()
        data["seen"] = str(reading.whole(post.pk).now.number)
        form = PostForm(data, request.FILES, accounts=form.to_choose, pictures=form.kept_pictures)
    return _write(request, post, form, status=409, refused=said)


def _keep(upload: Any) -> Chosen:
    """Keep an uploaded picture. Errors: Refused("file_too_large" | "not_a_picture" | "disk_full")."""
    blob = files.keep_stream(
        upload.chunks(),
        filename=upload.name or "",
        media_type=upload.content_type or "",
        limit=fitting.MAX_PICTURE_BYTES,
    )
    if blob.kind != "image" or blob.showing == Showing.NEVER:
        raise Refused("not_a_picture")
    return Chosen(blob, upload.name or "bild")


@require_safe
@allow(permissions.can_see_post, Post, extra=("picture",))
def picture(request: StaffRequest, post: Post, picture: int) -> HttpResponseBase:
    """A picture of the post, of any of its versions, re-encoded; 404 until it is."""
    found = PostPicture.objects.select_related("blob__rendition").filter(version__post=post, pk=picture).first()
    if found is None:
        raise Http404
    return respond(found.blob, filename=found.filename, inline=True, cache="private, max-age=3600")
