"""The municipality's own posts, under which people comment; read back from the channel they are ignored as our own."""

from __future__ import annotations

from torget.demo.texts.kinds import Picture, Post

POSTS = (
    Post(
        "post-snow",
        "facebook",
        "2026-10-26 08.30",
        "Vintern är på väg. Så här plogar vi, och så här säger du till när det är halt: ekevik.example/sno",
        "https://facebook.example/ekevik/posts/7001",
    ),
    Post(
        "post-waste",
        "facebook",
        "2026-11-02 10.00",
        "Så hämtar vi soporna i jul. Torsdagar töms på onsdagen.",
        "https://facebook.example/ekevik/posts/7002",
    ),
    Post(
        "post-leaves",
        "mastodon",
        "2026-11-03 09.15",
        "Får man elda löv? Nej, inte i tätorten. Lämna dem gratis på återvinningscentralen.",
        "https://exempel.social/@ekevik/113000000000000101",
    ),
    Post(
        "post-line14-fb",
        "facebook",
        "2026-11-10 09.02",
        (
            "Länsbussarna slutar köra linje 14 den 13 december. Här står vad som gäller i stället: "
            "ekevik.example/linje14"
        ),
        "https://facebook.example/ekevik/posts/7003",
    ),
    Post(
        "post-line14-ma",
        "mastodon",
        "2026-11-10 09.04",
        (
            "Länsbussarna slutar köra linje 14 den 13 december. Här står vad som gäller i stället: "
            "ekevik.example/linje14"
        ),
        "https://exempel.social/@ekevik/113000000000000102",
    ),
    Post(
        "post-centre",
        "facebook",
        "2026-11-12 10.02",
        "Så här kan nya resecentrumet se ut. Tyck till direkt vid bilden!",
        "https://facebook.example/ekevik/posts/7004",
    ),
)

# Which post a subject is mostly written under, by channel. What is not here is a message of its own.
UNDER = {
    ("Linje 14 läggs ned", "facebook"): "post-line14-fb",
    ("Linje 14 läggs ned", "mastodon"): "post-line14-ma",
    ("Snöröjning", "facebook"): "post-snow",
    ("Sopor i jul", "facebook"): "post-waste",
    ("Elda löv", "mastodon"): "post-leaves",
    ("Hiss, resecentrum", "facebook"): "post-centre",
}

PICTURES = (
    Picture("snowbank", "gangvagen.jpg", "image/jpeg", "En gångväg som är täckt av snö, med en vall mot körbanan."),
    Picture("lamp", "IMG_2041.jpg", "image/jpeg", "En släckt gatlykta mot en mörk himmel."),
    Picture("pole", "stolpe4471.jpg", "image/jpeg", "En lyktstolpe som lutar över en gångväg."),
    Picture("tunnel", "tunneln.png", "image/png", "En mörk gångtunnel med en släckt lampa i taket."),
    Picture("bin", "soptunnan.jpg", "image/jpeg", "En full soptunna vars lock inte går igen."),
    Picture("deck", "altan-skiss.png", "image/png", "En skiss av en altan längs husets baksida, med mått."),
    Picture("dogs", "hundar.jpg", "image/jpeg", "Tre hundar i koppel vid en strand."),
    Picture("bikes", "cykelstall.jpg", "image/jpeg", "Ett trångt cykelställ där styren sitter ihop."),
    Picture("swing", "gungan.jpg", "image/jpeg", "En gunga med en kedja som nästan är av."),
    Picture("oaks", "ekarna.jpg", "image/jpeg", "Sju ekar i en park."),
    Picture("playground", "lekplats.jpg", "image/jpeg", "En lekplats med avspärrningsband."),
    Picture("screenshot", "skarmbild.png", "image/png", "En webbsida som är tom."),
    Picture("pothole", "grop.jpg", "image/jpeg", "En grop i en asfaltväg, full av vatten."),
    Picture("busstop", "hallplats.webp", "image/webp", "En busshållplats med två lappar som säger olika datum."),
)
