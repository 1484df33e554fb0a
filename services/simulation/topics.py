"""What the simulated customers ask, and what the simulated agents find; all of it invented."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from shared_events.contracts.intake import Category


@dataclass(frozen=True, slots=True)
class Words:
    """One topic in one language."""

    question: str
    problem: str
    query: str
    analysis: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Something that customers ask about; `weight` says how often."""

    category: Category
    product: str | None
    weight: int
    found: tuple[str, ...]
    words: Mapping[str, Words]


TOPICS: Final[Sequence[Topic]] = (
    Topic(
        category=Category.TECHNICAL_SUPPORT,
        product="gateway-g2",
        weight=16,
        found=("KB-1042", "KB-1107"),
        words={
            "zh": Words(
                "网关每天晚上十点左右断线，重启后恢复，第二天又断。",
                "G2 网关夜间定时掉线，指示灯变红，重启后恢复，固件版本 2.4.1。",
                "G2 夜间掉线 固件 2.4.1",
                "日志显示租约到期后续租失败，2.4.1 的续租计时有误。",
                "请升级到固件 2.4.3，升级后续租恢复正常；升级步骤见说明书第 12 页。",
            ),
            "en": Words(
                "The gateway drops every evening at about ten and comes back only after a restart.",
                "G2 gateway goes offline nightly, red light, restart helps; firmware 2.4.1.",
                "G2 offline at night firmware 2.4.1",
                "The log shows that renewing the lease fails; the timer of 2.4.1 is wrong.",
                "Please update to firmware 2.4.3, page 12 of the manual; the lease is then renewed in time.",
            ),
        },
    ),
    Topic(
        category=Category.TECHNICAL_SUPPORT,
        product="app",
        weight=18,
        found=("KB-2210",),
        words={
            "zh": Words(
                "手机应用登录时一直提示验证码错误，换了手机也不行。",
                "应用 5.1 登录失败，验证码正确仍被拒，账号在两台设备上登录过。",
                "应用 验证码错误 两台设备",
                "旧设备占用会话，服务器按旧会话校验验证码。",
                "请在旧设备上退出登录，或在“账号与安全”里移除旧设备，再重新获取验证码。",
            ),
            "en": Words(
                "The app keeps telling me that the code is wrong, on my new phone too.",
                "App 5.1 refuses a correct code; the account was used on two devices.",
                "app code wrong two devices",
                "The old device holds the session, and the code is checked against it.",
                "Sign out on the old device, or remove it under Account and security, then ask for a new code.",
            ),
        },
    ),
    Topic(
        category=Category.TECHNICAL_SUPPORT,
        product="meter-m1",
        weight=9,
        found=("KB-3301", "KB-3318"),
        words={
            "zh": Words(
                "电表读数三天没有更新，可是家里一直在用电。",
                "M1 电表三天未上报读数，信号强度两格，本地显示正常。",
                "M1 不上报 信号弱",
                "上报队列在信号弱时写满后不再清空，需要远程清理并调整重试间隔。",
                "我们已远程清理上报队列，读数会在两小时内补齐；如果仍无更新请再联系我们。",
            ),
            "en": Words(
                "The readings of my meter have not changed for three days although we use power.",
                "M1 meter has reported nothing for three days, two bars of signal, local display is fine.",
                "M1 no readings weak signal",
                "With a weak signal the queue fills up and is never emptied; it must be cleared remotely.",
                "We have cleared the queue; the missing readings arrive within two hours.",
            ),
        },
    ),
    Topic(
        category=Category.TECHNICAL_SUPPORT,
        product="console",
        weight=7,
        found=("KB-4120",),
        words={
            "zh": Words(
                "控制台导出报表时超时，数据量不大，上周还好好的。",
                "控制台月报导出 60 秒后超时，约三万行，本周一起出现。",
                "控制台 导出 超时",
                "周一的发布改了排序字段，导出查询没有用上索引。",
                "已恢复索引，导出约五秒完成；请刷新页面后再试一次。",
            ),
            "en": Words(
                "Exporting a report from the console times out; last week it was fine.",
                "Monthly export times out after 60 seconds with some 30,000 rows, since Monday.",
                "console export timeout",
                "Monday's release sorts by another column, so the export no longer uses its index.",
                "The index is back and the export takes five seconds; please reload the page and try again.",
            ),
        },
    ),
    Topic(
        category=Category.TECHNICAL_SUPPORT,
        product="lock-s3",
        weight=8,
        found=("KB-5007",),
        words={
            "zh": Words(
                "智能门锁换了电池还是提示电量低，指纹有时识别不了。",
                "S3 门锁换新电池后仍报低电量，指纹识别偶发失败。",
                "S3 低电量 指纹",
                "电压采样没有重新校准，低电量模式下指纹功率被降低。",
                "换电池后请长按设置键五秒重新校准，电量和指纹都会恢复正常。",
            ),
            "en": Words(
                "The lock says low battery although the batteries are new, and misses my finger sometimes.",
                "S3 reports low battery with new cells; the finger sensor fails now and then.",
                "S3 low battery finger sensor",
                "The voltage was not calibrated again, and the sensor gets less power in low mode.",
                "Hold the set key for five seconds after changing the batteries; both problems go away.",
            ),
        },
    ),
    Topic(
        category=Category.PRODUCT_INFORMATION,
        product="gateway-g3",
        weight=12,
        found=("KB-0103",),
        words={
            "zh": Words(
                "新的 G3 网关支持几台设备同时连接？能和 G2 混用吗？",
                "询问 G3 的连接数和与 G2 的兼容性。",
                "G3 连接数 兼容",
                "资料里没有混用时的上限，需要实测数据。",
                "G3 最多连接 64 台设备，可以和 G2 混用，混用时以 G3 为主网关。",
            ),
            "en": Words(
                "How many devices can the new G3 connect, and does it work together with a G2?",
                "Asks for the number of connections of the G3 and whether it works with a G2.",
                "G3 connections compatible",
                "The bound for a mixed network is not in the material; it has to be measured.",
                "Up to 64 devices; it works with a G2 if the G3 is the main gateway.",
            ),
        },
    ),
    Topic(
        category=Category.BUSINESS_HANDLING,
        product=None,
        weight=10,
        found=("KB-0210",),
        words={
            "zh": Words(
                "我要把账号过户给家人，需要哪些材料？",
                "客户要求账号过户，双方均已实名。",
                "账号 过户 材料",
                "过户规则上月变更，旧说明尚未更新。",
                "请双方带证件到任一营业点，或在线上传双方证件照片，一个工作日内办结。",
            ),
            "en": Words(
                "I want to transfer my account to a relative. Which papers do you need?",
                "Wants to transfer the account; both persons are verified.",
                "account transfer papers",
                "The rule changed last month and the old text is still online.",
                "Both papers at any office or uploaded online; it is done within one working day.",
            ),
        },
    ),
    Topic(
        category=Category.FEES,
        product=None,
        weight=8,
        found=("KB-0315",),
        words={
            "zh": Words(
                "这个月账单多了一笔二十元的服务费，是什么费用？",
                "账单有一笔二十元增值服务费，客户不记得开通过。",
                "账单 增值服务费",
                "该服务由促销页面默认勾选开通，符合退费条件。",
                "这是试用期满后自动续订的服务，已为您取消并退回二十元。",
            ),
            "en": Words(
                "There is a service fee of twenty on this month's bill. What is it for?",
                "A fee of twenty for an extra service that the customer does not remember ordering.",
                "bill extra service fee",
                "It was ordered by a box that a promotion had ticked; it can be refunded.",
                "It is a trial that renewed itself; we have cancelled it and refunded twenty.",
            ),
        },
    ),
    Topic(
        category=Category.COMPLAINT,
        product=None,
        weight=9,
        found=("KB-0902",),
        words={
            "zh": Words(
                "维修约好上午来，等到下午也没有人，电话也没有一个。我要投诉。",
                "上门维修爽约，未提前通知，客户请假等候半天。",
                "上门 爽约 投诉",
                "派单系统改期后没有发出通知，责任在我方。",
                "向您致歉。明天上午九点优先上门，并减免本次上门费。",
            ),
            "en": Words(
                "The repair was agreed for the morning, nobody came, and nobody called. I want to complain.",
                "A visit was missed without notice; the customer had taken half a day off.",
                "missed visit complaint",
                "The visit was moved and no message was sent: it is our fault.",
                "We apologise. You are first tomorrow at nine, and the visit is free of charge.",
            ),
        },
    ),
    Topic(
        category=Category.OTHER,
        product=None,
        weight=4,
        found=(),
        words={
            "zh": Words(
                "建议你们在应用里加上深色模式，晚上看太亮了。",
                "客户建议增加深色模式。",
                "建议 深色模式",
                "该需求已在产品清单中，计划下个季度。",
                "感谢您的建议，深色模式计划在下个季度推出。",
            ),
            "en": Words(
                "Please give the app a dark mode; it is too bright at night.",
                "Suggests a dark mode.",
                "suggestion dark mode",
                "It is on the list of the product, planned for the next quarter.",
                "Thank you for the idea; a dark mode is planned for the next quarter.",
            ),
        },
    ),
)
